import type { QueuedApproval } from '@openward/contracts';
import { useMutation } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { saveFile } from '#app/save-file.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';

type Document = QueuedApproval['documents'][number];

/** What the doctor handed in. Opening one is written into the log. */
export function ApprovalDocumentList({ documents }: Pick<QueuedApproval, 'documents'>) {
  const t = useText('admin');
  if (documents.length === 0) return <p>{t('documents.none')}</p>;
  return (
    <List label={t('documents.title')}>
      {documents.map((document) => (
        <Row key={document.id} document={document} />
      ))}
    </List>
  );
}

function Row({ document: { id, name, createdAt, isNew } }: { document: Document }) {
  const t = useText('admin');
  const format = useFormat();
  const problemText = useProblemText();
  const open = useMutation({
    mutationFn: () => api.openApprovalDocument({ id }),
    onSuccess: (file) => saveFile(file, name),
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  return (
    <ListItem
      title={
        <>
          {name} {isNew && <Badge tone="info">{t('documents.new')}</Badge>}
        </>
      }
      meta={format.dateTime(createdAt)}
      after={
        <Button size="small" icon="download" busy={open.isPending} onClick={() => open.mutate()}>
          {t('documents.open')}
        </Button>
      }
    />
  );
}
