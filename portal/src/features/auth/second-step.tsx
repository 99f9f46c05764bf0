import { OpenwardError } from '@openward/client';
import { api } from '#app/api.ts';
import { beginSession } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { OneTimeCodeField } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './auth.module.css';
import { AuthCard } from './auth-card.tsx';
import { signWithPasskey } from './passkey.ts';

export type Credentials = { email: string; password: string };

type SecondStepProps = { credentials: Credentials; factors: OpenwardError['factors']; onBack: () => void };

/** The password was right, and the account has more than that: a code, a recovery code, or a passkey. */
export function SecondStep({ credentials, factors, onBack }: SecondStepProps) {
  const t = useText('auth');
  const shell = useText('shell');
  const problemText = useProblemText();

  async function signIn(): Promise<void> {
    try {
      beginSession((await api.login({ ...credentials, passkey: await signWithPasskey() })).account);
    } catch (error) {
      toast(error instanceof OpenwardError ? problemText.of(error) : t('passkey.failed'), 'danger');
    }
  }

  return (
    <AuthCard title={t('code.title')} lead={t('code.text')}>
      <Form
        onSubmit={async (values) => {
          beginSession((await api.login({ ...credentials, totp: values.code('totp') })).account);
        }}
        actions={({ busy }) => (
          <div className={css['actions']}>
            <Button type="submit" variant="primary" wide busy={busy}>
              {t('code.submit')}
            </Button>
            {factors.includes('passkey') && (
              <Button icon="key" wide onClick={() => void signIn()}>
                {t('logIn.passkey')}
              </Button>
            )}
            <Button variant="quiet" wide onClick={onBack}>
              {shell('cancel')}
            </Button>
          </div>
        )}
      >
        <OneTimeCodeField name="totp" label={t('code.label')} hint={t('code.hint')} required autoFocus />
      </Form>
    </AuthCard>
  );
}
