import { useQuery } from '@tanstack/react-query';
import { useText } from '#i18n/use-text.ts';
import { Count } from '#ui/badge.tsx';
import { Icon } from '#ui/icon.tsx';
import { Unseen } from '#ui/layout.tsx';
import { api } from '../api.ts';
import { Link } from '../link.tsx';
import { live } from '../live.ts';
import css from './shell.module.css';

/** Less often than what one is looking at: a new number here can wait. */
const everyMs = 30_000;

/** What is new, on every page. */
export function Bell() {
  const t = useText('shell');
  const { data } = useQuery({
    queryKey: ['notifications', 'count'],
    queryFn: ({ signal }) => api.countNotifications({}, { signal }),
    ...live,
    refetchInterval: everyMs,
  });
  const unread = data?.unread ?? 0;
  return (
    <Link className={css['bell']} href="/notifications">
      <Icon name="bell" size={22} />
      <Unseen>{t('nav.notifications')}</Unseen>
      {unread > 0 && <Count value={unread} label={t('newNotices', { count: unread })} />}
    </Link>
  );
}
