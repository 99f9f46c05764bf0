import { useMutation } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { Link, LinkButton } from '#app/link.tsx';
import { beginSession } from '#app/session.ts';
import { site } from '#app/site.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Icon, type IconName } from '#ui/icon.tsx';
import { useTitle } from '#ui/page-body.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './landing.module.css';

/** What this is, for who comes for the first time, worried perhaps. */
export function Page() {
  const t = useText('auth');
  useTitle(t('landing.title'));
  const points: [IconName, string, string][] = [
    ['edit', t('landing.care.title'), t('landing.care.text')],
    ['chat', t('landing.talk.title'), t('landing.talk.text')],
    ['shield', t('landing.private.title'), t('landing.private.text')],
  ];
  return (
    <div className={css['landing']}>
      <div className={css['hero']}>
        <h1 tabIndex={-1}>{t('landing.title')}</h1>
        <p>{t('landing.lead')}</p>
        <div className={css['start']}>
          <LinkButton href="/register" variant="primary">
            {t('landing.start')}
          </LinkButton>
          <LinkButton href="/login">{t('logIn.button')}</LinkButton>
        </div>
        <p className={css['emergency']}>
          <Icon name="alert" size={18} /> {t('landing.emergency')}
        </p>
      </div>
      {site.demo !== undefined && site.demo.length > 0 && <DemoLogins demo={site.demo} />}
      <ul className={css['points']}>
        {points.map(([icon, title, text]) => (
          <li key={icon}>
            <span className={css['sign']}>
              <Icon name={icon} size={24} />
            </span>
            <h2>{title}</h2>
            <p>{text}</p>
          </li>
        ))}
      </ul>
      <footer className={css['foot']}>
        <p>
          {t('landing.doctors')} <Link href="/register?role=doctor">{t('landing.doctorsLink')}</Link>
        </p>
        <nav aria-label={t('landing.developers')}>
          <a href="/docs">{t('landing.api')}</a>
          {site.mailbox === true && <a href="/dev/mailbox">{t('landing.mailbox')}</a>}
        </nav>
      </footer>
    </div>
  );
}

/** To look around in the demo data without typing. Never there in production. */
function DemoLogins({ demo }: { demo: NonNullable<typeof site.demo> }) {
  const t = useText('auth');
  const problemText = useProblemText();
  const login = useMutation({
    mutationFn: ({ email, password }: { email: string; password: string }) => api.login({ email, password }),
    onSuccess: ({ account }) => beginSession(account),
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  return (
    <section className={css['demo']} aria-labelledby="demo">
      <div>
        <h2 id="demo">{t('demo.title')}</h2>
        <p>{t('demo.text', { password: demo[0]?.password ?? '' })}</p>
      </div>
      <ul>
        {demo.map(({ role, email, password }) => (
          <li key={role}>
            <Button
              size="small"
              busy={login.isPending && login.variables.email === email}
              onClick={() => login.mutate({ email, password })}
              aria-label={`${t('demo.use')}: ${t(`role.${role}`)}, ${email}`}
            >
              {t(`role.${role}`)}
            </Button>
            <span>{email}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
