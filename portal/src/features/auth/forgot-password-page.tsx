import { useState } from 'react';
import { api } from '#app/api.ts';
import { LinkButton } from '#app/link.tsx';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { EmailField } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { Icon } from '#ui/icon.tsx';
import css from './auth.module.css';
import { AuthCard } from './auth-card.tsx';

export function Page() {
  const t = useText('auth');
  const [sentTo, setSentTo] = useState<string | null>(null);
  if (sentTo !== null)
    return (
      <AuthCard title={t('hello')}>
        <span className={css['sign']}>
          <Icon name="mail" size={28} />
        </span>
        <p>{t('forgot.done', { email: sentTo })}</p>
        <LinkButton href="/login">{t('logIn.button')}</LinkButton>
      </AuthCard>
    );
  return (
    <AuthCard title={t('forgot.title')} lead={t('forgot.lead')}>
      <Form
        onSubmit={async (values) => {
          await api.forgotPassword({ email: values.text('email') });
          setSentTo(values.text('email'));
        }}
        actions={({ busy }) => (
          <Button type="submit" variant="primary" wide busy={busy}>
            {t('forgot.button')}
          </Button>
        )}
      >
        <EmailField name="email" label={t('email')} autoComplete="username" required />
      </Form>
    </AuthCard>
  );
}
