import { useText } from '#i18n/use-text.ts';
import { OneTimeCodeField, PasswordField } from '#ui/field.tsx';
import { FormDialog } from '#ui/form-dialog.tsx';
import { api } from '../api.ts';
import { useMe } from '../session.ts';

/** Asks somebody who is logged in to show again who they are, by password or, where there is one, by a code. */
export function StepUpDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = useText('shell');
  const hasCode = useMe().data?.mfaEnabled === true;
  return (
    <FormDialog
      title={t('stepUp.title')}
      confirm={t('stepUp.button')}
      onClose={onClose}
      explain={({ code }) => (code === 'invalid-credentials' ? t('stepUp.wrong') : null)}
      onSubmit={async (values) => {
        const [password, totp] = [values.exact('password'), values.code('totp')];
        await api.reauthenticate({ ...(password === '' ? {} : { password }), ...(totp === '' ? {} : { totp }) });
        onDone();
      }}
    >
      <p>{t('stepUp.text')}</p>
      <PasswordField
        name="password"
        label={t('stepUp.password')}
        autoComplete="current-password"
        required={!hasCode}
        autoFocus
      />
      {hasCode && <OneTimeCodeField name="totp" label={t('stepUp.code')} />}
    </FormDialog>
  );
}
