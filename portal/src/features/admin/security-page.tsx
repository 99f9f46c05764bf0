import { api } from '#app/api.ts';
import { usePages } from '#app/use-pages.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Empty } from '#ui/empty.tsx';
import { Soft } from '#ui/layout.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { LogFilterForm } from './log-filters.tsx';
import { LogEntry, LogList } from './log-list.tsx';
import { toLogQuery, useLogFilters } from './log-query.ts';
import { eventKinds, useLogWords } from './log-words.ts';
import { SecurityNav } from './security-nav.tsx';
import { ShortId } from './short-id.tsx';

/** What looked like an attack, and what changed about how people log in. */
export function Page() {
  const t = useText('admin');
  const log = useText('log');
  const words = useLogWords();
  const [filters, setFilters] = useLogFilters();
  const query = toLogQuery(filters);
  const events = usePages(['admin', 'security', query], (cursor, signal) =>
    api.listSecurityEvents({ ...query, cursor, limit: 50 }, { signal }),
  );
  const kinds = eventKinds
    .map((value) => ({ value, label: words.event(value) }))
    .toSorted((one, other) => one.label.localeCompare(other.label));
  return (
    <PageBody title={t('security.title')} lead={t('security.lead')}>
      <SecurityNav />
      <LogFilterForm filters={filters} onChange={setFilters} actions={kinds} />
      <QueryState query={events}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="shield" title={log('log.none')}>
              {Object.keys(filters).length > 0 && <Button onClick={() => setFilters({})}>{t('filters.clear')}</Button>}
            </Empty>
          ) : (
            <LogList label={t('security.title')}>
              {items.map(({ id, at, kind, accountId, ip, requestId, details }) => (
                <LogEntry
                  key={id}
                  at={at}
                  title={words.event(kind)}
                  code={kind}
                  ip={ip}
                  requestId={requestId}
                  details={details}
                >
                  <Soft>
                    {log('log.account')}{' '}
                    {accountId === null ? (
                      log('log.nobody')
                    ) : (
                      <ShortId id={accountId} href={`/admin/users/${accountId}`} />
                    )}
                  </Soft>
                  {ip !== null && <Soft>{log('log.from.ip', { ip })}</Soft>}
                </LogEntry>
              ))}
            </LogList>
          )
        }
      </QueryState>
      <LoadMore query={events} />
    </PageBody>
  );
}
