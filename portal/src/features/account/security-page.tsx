import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { useMe } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { EmailField, PasswordField } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { toast } from '#ui/toast.tsx';
import { CodesCard } from './codes-card.tsx';
import { PasskeysCard } from './passkeys-card.tsx';
import { passwordWords } from './password-words.ts';
import { RecoveryCodes } from './recovery-codes.tsx';

/** How one logs in: password, address, second factors. */
export function Page() {
  const t = useText('account');
  const [recoveryCodes, setRecoveryCodes] = useState<string[]>([]);
  return (
    <PageBody title={t('security.title')} lead={t('security.lead')} width="narrow">
      <PasskeysCard onCodes={setRecoveryCodes} />
      <CodesCard onCodes={setRecoveryCodes} />
      <PasswordCard />
      <EmailCard />
      <RecoveryCodes codes={recoveryCodes} onKept={() => setRecoveryCodes([])} />
    </PageBody>
  );
}

function PasswordCard() {
  const t = useText('account');
  const queries = useQueryClient();
  // A changed password leaves empty fields behind.
  const [round, setRound] = useState(0);
  return (
    <Card title={t('changePassword.title')}>
      <Form
        key={round}
        label={t('changePassword.title')}
        explain={passwordWords(t)}
        onSubmit={async (values) => {
          const [currentPassword, newPassword] = [values.exact('currentPassword'), values.exact('newPassword')];
          await api.changePassword({ currentPassword, newPassword });
          void queries.invalidateQueries({ queryKey: ['sessions'] });
          setRound(round + 1);
          toast(t('changePassword.done'));
        }}
        actions={({ busy }) => (
          <Button type="submit" busy={busy}>
            {t('changePassword.button')}
          </Button>
        )}
      >
        <PasswordField
          name="currentPassword"
          label={t('changePassword.current')}
          autoComplete="current-password"
          required
        />
        <PasswordField
          name="newPassword"
          label={t('changePassword.new')}
          hint={t('changePassword.hint')}
          autoComplete="new-password"
          minLength={12}
          required
        />
      </Form>
    </Card>
  );
}

function EmailCard() {
  const t = useText('account');
  const me = useMe();
  const [sentTo, setSentTo] = useState<string | null>(null);
  return (
    <Card title={t('changeEmail.title')}>
      <p>{t('changeEmail.now', { email: me.data?.email ?? '' })}</p>
      {sentTo !== null && (
        <Notice kind="good" title={t('changeEmail.sent')}>
          <p>{t('changeEmail.sentText', { email: sentTo })}</p>
        </Notice>
      )}
      <Form
        label={t('changeEmail.title')}
        explain={passwordWords(t)}
        onSubmit={async (values) => {
          const newEmail = values.text('newEmail');
          await api.changeEmail({ newEmail, password: values.exact('password') });
          setSentTo(newEmail);
        }}
        actions={({ busy }) => (
          <Button type="submit" busy={busy}>
            {t('changeEmail.button')}
          </Button>
        )}
      >
        <EmailField name="newEmail" label={t('changeEmail.new')} autoComplete="email" required />
        <PasswordField name="password" label={t('password')} autoComplete="current-password" required />
      </Form>
    </Card>
  );
}
