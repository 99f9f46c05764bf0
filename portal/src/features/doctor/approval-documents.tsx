import type { ApprovalDocument } from '@openward/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { api } from '#app/api.ts';
import { saveFile } from '#app/save-file.ts';
import { meQuery } from '#app/session.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button, IconButton } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { Row } from '#ui/layout.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './approval.module.css';

const accepted = 'application/pdf,image/png,image/jpeg';

/** What shows who one is as a doctor: seen by oneself and by admins. */
export function ApprovalDocuments({ documents }: { documents: readonly ApprovalDocument[] }) {
  const t = useText('doctor');
  const id = useId();
  const queries = useQueryClient();
  const problemText = useProblemText();
  const upload = useMutation({
    mutationFn: (file: File) => api.uploadApprovalDocument({ name: file.name, file }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
      toast(t('documents.added'));
    },
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  return (
    <Card title={t('documents.title')}>
      <p id={`${id}-hint`}>{t('documents.hint')}</p>
      {documents.length > 0 && (
        <List label={t('documents.title')}>
          {documents.map((document) => (
            <DocumentRow key={document.id} document={document} />
          ))}
        </List>
      )}
      <label className={css['file']}>
        {t('documents.add')}
        <input
          type="file"
          accept={accepted}
          aria-describedby={`${id}-hint`}
          aria-busy={upload.isPending || undefined}
          onChange={({ target }) => {
            const [file] = target.files ?? [];
            if (file !== undefined && !upload.isPending) upload.mutate(file);
            target.value = '';
          }}
        />
      </label>
    </Card>
  );
}

function DocumentRow({ document: { id, name, createdAt } }: { document: ApprovalDocument }) {
  const t = useText('doctor');
  const format = useFormat();
  const queries = useQueryClient();
  const problemText = useProblemText();
  const onError = (error: unknown) => toast(problemText.of(error), 'danger');
  const open = useMutation({
    mutationFn: () => api.openOwnDocument({ id }),
    onSuccess: (file) => saveFile(file, name),
    onError,
  });
  const remove = useMutation({
    mutationFn: () => api.removeApprovalDocument({ id }),
    onSuccess: () => queries.invalidateQueries({ queryKey: meQuery.queryKey }),
    onError,
  });
  return (
    <ListItem
      title={name}
      meta={format.dateTime(createdAt)}
      after={
        <Row gap="s">
          <Button size="small" icon="download" busy={open.isPending} onClick={() => open.mutate()}>
            {t('documents.open')}
          </Button>
          <IconButton icon="trash" label={t('documents.remove', { name })} onClick={() => remove.mutate()} />
        </Row>
      }
    />
  );
}
