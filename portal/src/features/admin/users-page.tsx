import type { Account } from '@openward/contracts';
import { api } from '#app/api.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { type Column, Table } from '#ui/table.tsx';

const tones = { active: 'good', 'pending-approval': 'warning', banned: 'danger', deleted: 'neutral' } as const;

/** An admin's start page: everybody with an account, the newest first. */
export function Page() {
  const t = useText('admin');
  const format = useFormat();
  const users = usePages(['admin', 'users'], (cursor, signal) => api.listUsers({ cursor, limit: 50 }, { signal }));
  const columns: Column<Account>[] = [
    { head: t('users.name'), cell: ({ fullName }) => fullName ?? '–' },
    { head: t('users.email'), cell: ({ email }) => email ?? '–' },
    { head: t('users.role'), cell: ({ role }) => t(`role.${role}`) },
    { head: t('users.status'), cell: ({ status }) => <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge> },
    { head: t('users.since'), cell: ({ createdAt }) => format.date(createdAt), numeric: true },
  ];
  return (
    <PageBody title={t('users.title')}>
      <QueryState query={users}>
        {(items) => <Table caption={t('users.title')} columns={columns} rows={items} keyOf={({ id }) => id} />}
      </QueryState>
      <LoadMore query={users} />
    </PageBody>
  );
}
