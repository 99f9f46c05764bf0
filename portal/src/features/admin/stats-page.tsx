import type { Reply } from '@openward/client';
import { useQuery } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { Link } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Soft } from '#ui/layout.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { Skeleton } from '#ui/skeleton.tsx';
import css from './admin.module.css';
import { type Bar, BarChart } from './bar-chart.tsx';
import { ReportsSection } from './reports.tsx';

type Stats = Reply<'getStats'>;

const roles = ['patient', 'doctor', 'admin'] as const;
const statuses = [
  ['active', 'good'],
  ['pending-approval', 'warning'],
  ['banned', 'danger'],
  ['deleted', 'neutral'],
] as const;
const requestStatuses = [
  ['submitted', 'warning'],
  ['accepted', 'info'],
  ['diagnosed', 'good'],
  ['closed', 'brand'],
  ['cancelled', 'neutral'],
  ['declined', 'danger'],
] as const;

/** How many of what there are now. It follows by itself. */
export function Page() {
  const t = useText('figures');
  const format = useFormat();
  const stats = useQuery({
    queryKey: ['admin', 'stats'],
    queryFn: ({ signal }) => api.getStats({}, { signal }),
    ...live,
  });
  return (
    <PageBody title={t('title')} lead={t('lead')}>
      <QueryState query={stats} skeleton={<Skeleton shape="page" />}>
        {(stats) => <Figures stats={stats} />}
      </QueryState>
      {stats.dataUpdatedAt > 0 && <Soft>{t('asOf', { when: format.dateTime(stats.dataUpdatedAt) })}</Soft>}
      <ReportsSection />
    </PageBody>
  );
}

function Figures({ stats: { accounts, requests, sessions, bans, ratings } }: { stats: Stats }) {
  const t = useText('admin');
  const figures = useText('figures');
  const byRole = roles.map(
    (role): Bar => ({
      key: role,
      label: t(`role.${role}`),
      value: accounts.byRole[role] ?? 0,
    }),
  );
  const byStatus = statuses.map(
    ([status, tone]): Bar => ({
      key: status,
      label: t(`status.${status}`),
      value: accounts.byStatus[status] ?? 0,
      tone,
    }),
  );
  const byProgress = requestStatuses.map(
    ([status, tone]): Bar => ({
      key: status,
      label: t(`request.${status}`),
      value: requests.byStatus[status] ?? 0,
      tone,
    }),
  );
  return (
    <>
      <dl className={css['tiles']}>
        <Tile name={figures('accounts')} value={accounts.total} href="/admin/users" />
        <Tile name={figures('requests')} value={requests.total} />
        <Tile name={figures('sessions')} value={sessions.active} countedTo={10_000} />
        <Tile name={figures('bans')} value={bans.active} countedTo={1_000} href="/admin/users?status=banned" />
        <Tile name={figures('ratings')} value={ratings.total} />
      </dl>
      <div className={css['charts']}>
        <BarChart title={figures('byRole')} head={t('users.role')} bars={byRole} />
        <BarChart title={figures('byStatus')} head={t('users.status')} bars={byStatus} />
        <BarChart title={figures('byProgress')} head={t('users.status')} bars={byProgress} />
      </div>
    </>
  );
}

type TileProps = { name: string; value: number; countedTo?: number; href?: string };

/** `countedTo`: there may be more. */
function Tile({ name, value, countedTo = Infinity, href }: TileProps) {
  const format = useFormat();
  return (
    <div>
      <dt>{href === undefined ? name : <Link href={href}>{name}</Link>}</dt>
      <dd>
        {format.number(value)}
        {value >= countedTo && '+'}
      </dd>
    </div>
  );
}
