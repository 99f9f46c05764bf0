import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { LinkButton } from '#app/link.tsx';
import { useHolder } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { PasswordField } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { Notice } from '#ui/notice.tsx';
import { AuthCard } from './auth-card.tsx';
import { type MailLink, mailLinks, takeToken } from './mail-links.ts';

export function Page() {
  const [path] = useLocation();
  const [token, setToken] = useState(() => takeToken(path));
  useEffect(() => {
    // Another link of the same kind, opened in this tab.
    const again = () => setToken(takeToken(path));
    addEventListener('hashchange', again);
    return () => removeEventListener('hashchange', again);
  }, [path]);
  const link = mailLinks[path];
  return link === undefined ? null : <LinkCard key={token} link={link} token={token} />;
}

function LinkCard({ link, token }: { link: MailLink; token: string | null }) {
  const t = useText('auth');
  const shell = useText('shell');
  const holder = useHolder();
  const [isDone, setDone] = useState(false);
  if (token === null)
    return (
      <AuthCard title={t(link.title)}>
        <Notice kind="warning">{t('link.broken')}</Notice>
      </AuthCard>
    );
  if (isDone)
    return (
      <AuthCard title={t(link.title)}>
        <div role="status">
          <Notice kind="good">{t(link.done)}</Notice>
        </div>
        {link.thenLogIn === true && (
          <LinkButton href={holder === null ? '/login' : '/'} variant="primary" wide>
            {holder === null ? t('logIn.button') : shell('notFound.home')}
          </LinkButton>
        )}
      </AuthCard>
    );
  return (
    <AuthCard title={t(link.title)} lead={t(link.text)}>
      <Form
        onSubmit={async (values) => {
          await link.call(token, values.exact('newPassword'));
          setDone(true);
        }}
        actions={({ busy }) => (
          <Button type="submit" variant={link.danger === true ? 'danger' : 'primary'} wide busy={busy}>
            {t(link.button)}
          </Button>
        )}
      >
        {link.asksPassword === true && (
          <PasswordField
            name="newPassword"
            label={t('password.new')}
            hint={t('password.hint')}
            autoComplete="new-password"
            minLength={12}
            required
          />
        )}
      </Form>
    </AuthCard>
  );
}
