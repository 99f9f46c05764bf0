import { useMe } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { Count } from '#ui/badge.tsx';
import { useIncoming } from './incoming.ts';

/** How many wait, on whatever page one is. Who is not approved yet has no such list. */
export function NavBadge() {
  const me = useMe();
  return me.data?.status === 'active' ? <Waiting /> : null;
}

function Waiting() {
  const t = useText('doctor');
  const { data, hasNextPage } = useIncoming();
  const count = data?.length ?? 0;
  return count === 0 ? null : <Count value={count} more={hasNextPage} label={t('inbox.waiting', { count })} />;
}
