import { useLocation } from 'wouter';
import { Link } from '#app/link.tsx';
import { useText } from '#i18n/use-text.ts';
import css from './admin.module.css';

/** The two pages about safety: what was noticed, and what is done about it. */
export function SecurityNav() {
  const t = useText('admin');
  const [path] = useLocation();
  const here = (href: string) => (path === href ? ('page' as const) : undefined);
  return (
    <nav className={css['subnav']} aria-label={t('security.nav')}>
      <Link href="/admin/security" aria-current={here('/admin/security')}>
        {t('security.title')}
      </Link>
      <Link href="/admin/abuse" aria-current={here('/admin/abuse')}>
        {t('abuse.title')}
      </Link>
    </nav>
  );
}
