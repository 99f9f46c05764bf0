import { site } from '#app/site.ts';
import { useText } from '#i18n/use-text.ts';
import { Icon } from '#ui/icon.tsx';
import { Soft } from '#ui/layout.tsx';
import css from './auth.module.css';
import { AuthCard } from './auth-card.tsx';
import { ResendLink } from './resend-link.tsx';

/** The same for an address that is known already: nobody learns here who has an account. */
export function CheckYourMail({ email }: { email: string }) {
  const t = useText('auth');
  return (
    <AuthCard title={t('hello')}>
      <span className={css['sign']}>
        <Icon name="mail" size={28} />
      </span>
      <p>{t('mail.text', { email })}</p>
      <p>
        <Soft>{t('mail.spam')}</Soft>
      </p>
      <div>
        <ResendLink email={email} />
      </div>
      {site.mailbox === true && <a href={`/dev/mailbox?to=${encodeURIComponent(email)}`}>{t('landing.mailbox')}</a>}
    </AuthCard>
  );
}
