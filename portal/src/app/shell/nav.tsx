import type { Role } from '@openward/contracts';
import { useLocation } from 'wouter';
import { useText } from '#i18n/use-text.ts';
import { Icon } from '#ui/icon.tsx';
import { Unseen } from '#ui/layout.tsx';
import type { NavEntry } from '../feature.ts';
import { nav } from '../features.ts';
import { lazyPart } from '../lazy-part.tsx';
import { Link } from '../link.tsx';
import css from './shell.module.css';

const badges = new Map(
  nav.flatMap(({ path, badge }) =>
    badge === undefined ? [] : [[path, lazyPart(async () => (await badge()).NavBadge, { Missing: NoBadge })]],
  ),
);

/** The entries that the features have added for this role. Twice on the page, of which each screen shows one. */
export function Nav({ role, look }: { role: Role; look: 'top' | 'bottom' }) {
  const t = useText('shell');
  const entries = nav.filter(({ who, place = 'bar' }) => place === 'bar' && who.includes(role));
  if (entries.length === 0) return null;
  return (
    <nav className={css[look]} aria-label={t('navigation')}>
      {entries.map((entry) => (
        <NavLink key={entry.path} entry={entry} isShort={look === 'bottom'} />
      ))}
    </nav>
  );
}

function NavLink({ entry, isShort }: { entry: NavEntry; isShort: boolean }) {
  const [path] = useLocation();
  const Badge = badges.get(entry.path);
  const isHere = path === entry.path || path.startsWith(`${entry.path}/`);
  return (
    <Link href={entry.path} aria-current={path === entry.path ? 'page' : isHere ? 'true' : undefined}>
      <Icon name={entry.icon} size={22} />
      <NavLabel entry={entry} isShort={isShort} />
      {Badge !== undefined && <Badge />}
    </Link>
  );
}

/** Where a badge did not arrive its entry is there without it. */
function NoBadge() {
  return null;
}

/** Named in full where what is seen is a part of that; else by what is seen, as people say it who speak to their phone. */
function NavLabel({ entry: { label, short = label }, isShort }: { entry: NavEntry; isShort: boolean }) {
  const t = useText('shell');
  const [name, seen] = [t(label), t(isShort ? short : label)];
  if (seen === name || !name.toLowerCase().includes(seen.toLowerCase())) return <span>{seen}</span>;
  return (
    <>
      <span aria-hidden="true">{seen}</span>
      <Unseen>{name}</Unseen>
    </>
  );
}
