import { useQuery } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { live } from '#app/live.ts';
import { useText } from '#i18n/use-text.ts';
import { Count } from '#ui/badge.tsx';

/** How many doctors wait. Of a hundred and more it says so. */
export function NavBadge() {
  const t = useText('admin');
  const waiting = useQuery({
    queryKey: ['admin', 'waiting'],
    queryFn: ({ signal }) => api.listApprovals({ limit: 100 }, { signal }),
    ...live,
    refetchInterval: 30_000,
  });
  const count = waiting.data?.items.length ?? 0;
  return count === 0 ? null : <Count value={count} label={t('approvals.waiting', { count })} />;
}
