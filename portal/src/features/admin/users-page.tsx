import type { Account, SpecialtyCode } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { Link, LinkButton } from '#app/link.tsx';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Empty } from '#ui/empty.tsx';
import { SelectField, TextField } from '#ui/field.tsx';
import { FilterBar } from '#ui/filter-bar.tsx';
import { Row } from '#ui/layout.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { type Column, Table } from '#ui/table.tsx';
import css from './admin.module.css';
import { CreateUserDialog } from './create-user-dialog.tsx';
import { beginningOf } from './log-query.ts';
import { useSearchFilters, useSettled } from './use-search-filters.ts';
import { StatusBadge } from './user-badges.tsx';

const roles = ['patient', 'doctor', 'admin'] as const;
const statuses = ['active', 'pending-approval', 'banned', 'deleted'] as const;
const names = ['q', 'role', 'status', 'specialty', 'from', 'to', 'appeal'] as const;
type Filters = { readonly [N in (typeof names)[number]]?: string | undefined };

/** An admin's start page: everybody with an account, the newest first. */
export function Page() {
  const t = useText('admin');
  const [filters, setFilters] = useSearchFilters(names);
  const [isCreating, setCreating] = useState(false);
  const [clears, setClears] = useState(0);
  const query = useSettled(filters);
  const specialtyCodes = useSpecialties();
  const users = usePages(['admin', 'users', query, specialtyCodes.isSuccess], (cursor, signal) =>
    api.listUsers(
      {
        q: query.q?.slice(0, 100),
        role: roles.find((role) => role === query.role),
        status: statuses.find((status) => status === query.status),
        specialty: specialtyCodes.data?.items.find(({ code }) => code === query.specialty)?.code as
          | SpecialtyCode
          | undefined,
        createdFrom: beginningOf(query.from, 0),
        createdTo: beginningOf(query.to, 1),
        appeal: query.appeal === 'open' ? 'open' : undefined,
        cursor,
        limit: 50,
      },
      { signal },
    ),
  );

  function clear(): void {
    setFilters({});
    setClears(clears + 1);
  }

  return (
    <PageBody
      title={t('users.title')}
      actions={
        <Row>
          <LinkButton href="/admin/appeals" icon="reply">
            {t('appeals.title')}
          </LinkButton>
          <Button variant="primary" icon="plus" onClick={() => setCreating(true)}>
            {t('create.button')}
          </Button>
        </Row>
      }
    >
      <UserFilters key={clears} filters={filters} onChange={setFilters} />
      <QueryState query={users}>
        {(items) =>
          items.length === 0 && !users.hasNextPage ? (
            <Empty icon="search" title={t('users.none')}>
              <p>{t('users.none.text')}</p>
              <Button onClick={clear}>{t('filters.clear')}</Button>
            </Empty>
          ) : (
            <UserTable users={items} />
          )
        }
      </QueryState>
      <LoadMore query={users} />
      <CreateUserDialog open={isCreating} onClose={() => setCreating(false)} />
    </PageBody>
  );
}

function UserTable({ users }: { users: readonly Account[] }) {
  const t = useText('admin');
  const format = useFormat();
  const columns: Column<Account>[] = [
    {
      head: t('users.name'),
      cell: ({ id, fullName }) => <Link href={`/admin/users/${id}`}>{fullName ?? t('user.deleted')}</Link>,
    },
    { head: t('users.email'), cell: ({ email }) => <span className={css['breaking']}>{email ?? '–'}</span> },
    { head: t('users.role'), cell: ({ role }) => t(`role.${role}`) },
    { head: t('users.status'), cell: ({ status }) => <StatusBadge status={status} /> },
    { head: t('users.since'), cell: ({ createdAt }) => format.date(createdAt), numeric: true },
  ];
  return <Table caption={t('users.title')} columns={columns} rows={users} keyOf={({ id }) => id} />;
}

function useSpecialties() {
  return useQuery({
    queryKey: ['specialties'],
    queryFn: ({ signal }) => api.listSpecialties({}, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Changed in place: the list follows at once. */
function UserFilters({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  const t = useText('admin');
  const { q, role, status, specialty, from, to, appeal } = filters;
  const specialtyName = useSpecialtyName();
  const specialties = useSpecialties();
  return (
    <FilterBar label={t('filters.title')}>
      <div
        onInput={({ target }) => {
          if (target instanceof HTMLInputElement) onChange({ ...filters, q: target.value });
        }}
      >
        <TextField name="q" type="search" label={t('users.search')} defaultValue={q} maxLength={100} required={false} />
      </div>
      <SelectField
        name="role"
        label={t('users.role')}
        empty={t('filters.any')}
        defaultValue={role}
        options={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
        onChange={(value) => onChange({ ...filters, role: value })}
      />
      <SelectField
        name="status"
        label={t('users.status')}
        empty={t('filters.any')}
        defaultValue={status}
        options={statuses.map((value) => ({ value, label: t(`status.${value}`) }))}
        onChange={(value) => onChange({ ...filters, status: value })}
      />
      <SelectField
        name="specialty"
        label={t('users.specialty')}
        empty={t('filters.any')}
        defaultValue={specialty}
        options={(specialties.data?.items ?? []).map((one) => ({ value: one.code, label: specialtyName(one) }))}
        onChange={(value) => onChange({ ...filters, specialty: value })}
      />
      <SelectField
        name="appeal"
        label={t('users.appeal')}
        empty={t('filters.any')}
        defaultValue={appeal}
        options={[{ value: 'open', label: t('appeal.open') }]}
        onChange={(value) => onChange({ ...filters, appeal: value })}
      />
      <div
        className={css['pair']}
        onInput={({ target }) => {
          if (target instanceof HTMLInputElement) onChange({ ...filters, [target.name]: target.value });
        }}
      >
        <TextField name="from" type="date" label={t('users.from')} defaultValue={from} required={false} />
        <TextField name="to" type="date" label={t('users.to')} defaultValue={to} required={false} />
      </div>
    </FilterBar>
  );
}
