import { OpenwardError } from '@openward/client';
import { useEffect, useEffectEvent, useState } from 'react';
import { api } from '#app/api.ts';
import { Link } from '#app/link.tsx';
import { beginSession, lastEnding } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { EmailField, PasswordField } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { Notice } from '#ui/notice.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './auth.module.css';
import { AuthCard } from './auth-card.tsx';
import { Banned } from './banned.tsx';
import { hasPasskeys, passkeyFromSuggestions, signWithPasskey } from './passkey.ts';
import { ResendLink } from './resend-link.tsx';
import { type Credentials, SecondStep } from './second-step.tsx';

/** Where it goes on afterwards is the router's business: whoever is logged in is led away from here. */
export function Page() {
  const t = useText('auth');
  const problemText = useProblemText();
  const [pending, setPending] = useState<{ credentials: Credentials; factors: OpenwardError['factors'] } | null>(null);
  const [triedEmail, setTriedEmail] = useState('');
  const ending = lastEnding();
  const isSecondStep = pending !== null;

  async function signIn(): Promise<void> {
    try {
      const passkey = await signWithPasskey();
      beginSession((await api.loginByPasskey({ passkey })).account);
    } catch (error) {
      toast(error instanceof OpenwardError ? problemText.of(error) : t('passkey.failed'), 'danger');
    }
  }

  const onRefused = useEffectEvent((error: unknown) => {
    if (error instanceof OpenwardError && error.status !== 0) toast(problemText.of(error), 'danger');
  });
  useEffect(() => {
    if (isSecondStep) return;
    const page = new AbortController();
    passkeyFromSuggestions(page.signal)
      .then(async (passkey) => {
        if (passkey !== null) beginSession((await api.loginByPasskey({ passkey })).account);
      })
      .catch((error: unknown) => onRefused(error));
    return () => page.abort();
  }, [isSecondStep]);

  async function submit(values: FormValues): Promise<void> {
    const credentials = { email: values.text('email'), password: values.exact('password') };
    setTriedEmail(credentials.email);
    try {
      beginSession((await api.login(credentials)).account);
    } catch (error) {
      if (!(error instanceof OpenwardError && error.code === 'mfa-required')) throw error;
      setPending({ credentials, factors: error.factors });
    }
  }

  if (pending !== null) return <SecondStep {...pending} onBack={() => setPending(null)} />;
  return (
    <AuthCard
      title={t('logIn.title')}
      lead={t('logIn.lead')}
      foot={
        <>
          {t('logIn.new')} <Link href="/register">{t('logIn.register')}</Link>
        </>
      }
    >
      {ending !== null && <Notice kind="warning">{problemText.of(ending.error)}</Notice>}
      <Form
        onSubmit={submit}
        explain={(error) => {
          if (error.ban !== null) return <Banned error={error} />;
          return (
            error.code === 'email-not-verified' && (
              <>
                <p>{problemText.of(error)}</p>
                <ResendLink email={triedEmail} />
              </>
            )
          );
        }}
        actions={({ busy }) => (
          <div className={css['actions']}>
            <Button type="submit" variant="primary" wide busy={busy}>
              {t('logIn.button')}
            </Button>
            {hasPasskeys() && (
              <>
                <p className={css['or']}>{t('or')}</p>
                <Button icon="key" wide onClick={() => void signIn()}>
                  {t('logIn.passkey')}
                </Button>
              </>
            )}
          </div>
        )}
      >
        <EmailField name="email" label={t('email')} autoComplete="username webauthn" required />
        <div className={css['password']}>
          <PasswordField name="password" label={t('password')} autoComplete="current-password" required />
          <Link href="/forgot-password">{t('logIn.forgot')}</Link>
        </div>
      </Form>
    </AuthCard>
  );
}
