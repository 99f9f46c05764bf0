import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { saveFile } from '#app/save-file.ts';
import { useMe } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { PasswordField } from '#ui/field.tsx';
import { FormDialog } from '#ui/form-dialog.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import { passwordWords } from './password-words.ts';

/** One's own data, to take along or to have erased (GDPR, articles 15, 17 and 20). */
export function Page() {
  const t = useText('account');
  return (
    <PageBody title={t('data.title')} width="narrow">
      <ExportCard />
      <DeletionCard />
    </PageBody>
  );
}

function ExportCard() {
  const t = useText('account');
  const problemText = useProblemText();
  const load = useMutation({
    mutationFn: () => api.exportMe(),
    onSuccess: (document) => {
      saveFile(new Blob([JSON.stringify(document, null, 2)], { type: 'application/json' }), 'openward-export.json');
      toast(t('export.done'));
    },
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  return (
    <Card title={t('export.title')}>
      <p>{t('export.text')}</p>
      <div>
        <Button icon="file" busy={load.isPending} onClick={() => load.mutate()}>
          {t('export.button')}
        </Button>
      </div>
    </Card>
  );
}

function DeletionCard() {
  const t = useText('account');
  const me = useMe();
  const [open, setOpen] = useState(false);
  const [isAsked, setIsAsked] = useState(false);
  const [treated, setTreated] = useState(0);
  return (
    <Card title={t('deletion.title')}>
      <p>{me.data?.patient === undefined ? t('deletion.text') : t('deletion.textPatient')}</p>
      {me.data?.doctor !== undefined && <p>{t('deletion.textDoctor')}</p>}
      {isAsked ? (
        <Notice kind="good" title={t('deletion.asked')}>
          <p>{t('deletion.askedText', { email: me.data?.email ?? '' })}</p>
          {treated > 0 && <p>{t('deletion.open', { count: treated })}</p>}
        </Notice>
      ) : (
        <div>
          <Button variant="danger" icon="trash" onClick={() => setOpen(true)}>
            {t('deletion.button')}
          </Button>
        </div>
      )}
      <FormDialog
        title={t('deletion.title')}
        confirm={t('deletion.button')}
        danger
        open={open}
        onClose={() => setOpen(false)}
        explain={passwordWords(t)}
        onSubmit={async (values) => {
          const { openRequests = 0 } = await api.requestDeletion({ password: values.exact('password') });
          setTreated(openRequests);
          setOpen(false);
          setIsAsked(true);
        }}
      >
        <p>{t('deletion.confirm')}</p>
        <PasswordField name="password" label={t('password')} autoComplete="current-password" required autoFocus />
      </FormDialog>
    </Card>
  );
}
