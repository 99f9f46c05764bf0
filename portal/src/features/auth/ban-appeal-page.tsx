import { useState } from 'react';
import { useLocation } from 'wouter';
import { api } from '#app/api.ts';
import { LinkButton } from '#app/link.tsx';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { TextArea } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { Notice } from '#ui/notice.tsx';
import { AuthCard } from './auth-card.tsx';
import { takeToken } from './mail-links.ts';

/** What somebody who is banned has to say, once. The login leads here, with what shows that it is they. */
export function Page() {
  const t = useText('auth');
  const [path] = useLocation();
  const [token] = useState(() => takeToken(path));
  const [isDone, setDone] = useState(false);
  if (isDone || token === null)
    return (
      <AuthCard title={t('appeal.title')}>
        <div role="status">
          <Notice kind={isDone ? 'good' : 'info'}>{isDone ? t('appeal.done') : t('appeal.none')}</Notice>
        </div>
        <LinkButton href="/login" wide>
          {t('logIn.button')}
        </LinkButton>
      </AuthCard>
    );
  return (
    <AuthCard title={t('appeal.title')} lead={t('appeal.lead')}>
      <Form
        label={t('appeal.title')}
        onSubmit={async (values) => {
          await api.appealBan({ token, text: values.text('text') });
          setDone(true);
        }}
        actions={({ busy }) => (
          <Button type="submit" variant="primary" wide busy={busy}>
            {t('appeal.button')}
          </Button>
        )}
      >
        <TextArea name="text" label={t('appeal.text')} rows={8} maxLength={2000} required />
      </Form>
    </AuthCard>
  );
}
