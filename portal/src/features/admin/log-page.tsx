import type { ReactNode } from 'react';
import { usePages } from '#app/use-pages.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Empty } from '#ui/empty.tsx';
import type { Option } from '#ui/field.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import css from './admin.module.css';
import { LogFilterForm } from './log-filters.tsx';
import { type LogQuery, toLogQuery, useLogFilters } from './log-query.ts';

type Page<Item> = { items: Item[]; nextCursor: string | null };

type LogPageProps<Item> = {
  /** Of the log, among what is loaded. */
  name: string;
  title: string;
  lead: string;
  /** Above the filters. */
  nav?: ReactNode;
  /** What may have happened, by the server's codes. */
  actions: readonly Option[];
  withActor?: boolean;
  load: (query: LogQuery & { cursor: string | undefined }, options: { signal: AbortSignal }) => Promise<Page<Item>>;
  /** One entry, with its `key`. */
  children: (item: Item) => ReactNode;
};

/** A log with its filters, the newest first. */
export function LogPage<Item>(props: LogPageProps<Item>) {
  const { name, title, lead, nav, actions, withActor = false, load, children } = props;
  const t = useText('admin');
  const log = useText('log');
  const [filters, setFilters] = useLogFilters();
  const query = toLogQuery(filters);
  const entries = usePages(['admin', name, query], (cursor, signal) => load({ ...query, cursor }, { signal }));
  return (
    <PageBody title={title} lead={lead}>
      {nav}
      <LogFilterForm
        filters={filters}
        onChange={setFilters}
        actions={actions.toSorted((one, other) => one.label.localeCompare(other.label))}
        withActor={withActor}
      />
      <QueryState query={entries}>
        {(items) =>
          // A page may be empty where there is more to look at.
          items.length === 0 && !entries.hasNextPage ? (
            <Empty icon="search" title={log('log.none')}>
              {Object.keys(filters).length > 0 && <Button onClick={() => setFilters({})}>{t('filters.clear')}</Button>}
            </Empty>
          ) : (
            <ul className={css['log']} aria-label={title}>
              {items.map(children)}
            </ul>
          )
        }
      </QueryState>
      <LoadMore query={entries} />
    </PageBody>
  );
}
