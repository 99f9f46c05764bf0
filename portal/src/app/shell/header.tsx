import { useLocation } from 'wouter';
import { useText } from '#i18n/use-text.ts';
import { Logo } from '#ui/icon.tsx';
import { Link, LinkButton } from '../link.tsx';
import { useHolder } from '../session.ts';
import { AccountMenu } from './account-menu.tsx';
import { Bell } from './bell.tsx';
import { Nav } from './nav.tsx';
import css from './shell.module.css';

/** The product's name, where one can go, and oneself. */
export function Header() {
  const t = useText('shell');
  const holder = useHolder();
  const [path] = useLocation();
  return (
    <header className={css['header']}>
      <div className={css['row']}>
        <Link className={css['brand']} href="/" aria-label={t('start')}>
          <Logo /> <span>Openward</span>
        </Link>
        {holder !== null && <Nav role={holder.role} look="top" />}
        <div className={css['end']}>
          {holder === null && path !== '/login' && (
            <LinkButton href="/login" size="small" variant="primary">
              {t('logIn')}
            </LinkButton>
          )}
          {holder !== null && <Bell />}
          <AccountMenu />
        </div>
      </div>
    </header>
  );
}
