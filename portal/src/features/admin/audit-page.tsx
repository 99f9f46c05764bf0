import type { AuditEntry } from '@openward/contracts';
import { api } from '#app/api.ts';
import { usePages } from '#app/use-pages.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { Empty } from '#ui/empty.tsx';
import { Soft } from '#ui/layout.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { LogFilterForm } from './log-filters.tsx';
import { LogEntry, LogList } from './log-list.tsx';
import { toLogQuery, useLogFilters } from './log-query.ts';
import { auditActions, useLogWords } from './log-words.ts';
import { ShortId } from './short-id.tsx';

/** Who did what to whose record. */
export function Page() {
  const t = useText('admin');
  const log = useText('log');
  const words = useLogWords();
  const [filters, setFilters] = useLogFilters();
  const query = toLogQuery(filters);
  const entries = usePages(['admin', 'audit', query], (cursor, signal) =>
    api.listAudit({ ...query, cursor, limit: 50 }, { signal }),
  );
  const actions = auditActions
    .map((value) => ({ value, label: words.action(value) }))
    .toSorted((one, other) => one.label.localeCompare(other.label));
  return (
    <PageBody title={t('audit.title')} lead={t('audit.lead')}>
      <LogFilterForm filters={filters} onChange={setFilters} actions={actions} withActor />
      <QueryState query={entries}>
        {(items) =>
          items.length === 0 && !entries.hasNextPage ? (
            <Empty icon="search" title={log('log.none')}>
              <Button onClick={() => setFilters({})}>{t('filters.clear')}</Button>
            </Empty>
          ) : (
            <LogList label={t('audit.title')}>
              {items.map((entry) => (
                <Entry key={entry.id} entry={entry} />
              ))}
            </LogList>
          )
        }
      </QueryState>
      <LoadMore query={entries} />
    </PageBody>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const log = useText('log');
  const words = useLogWords();
  const { actorId, actorRole, action, subjectType, subjectId, outcome } = entry;
  const isPerson = subjectType === 'account' || subjectType === 'patient';
  return (
    <LogEntry
      at={entry.at}
      title={words.action(action)}
      code={action}
      badge={outcome === 'denied' && <Badge tone="danger">{log('log.denied')}</Badge>}
      ip={entry.ip}
      requestId={entry.requestId}
      details={entry.details}
    >
      <Soft>
        {log('log.by')}{' '}
        {actorId === null ? (
          log('log.nobody')
        ) : (
          <>
            {actorRole === null ? '' : words.role(actorRole)} <ShortId id={actorId} href={`/admin/users/${actorId}`} />
          </>
        )}
      </Soft>
      {subjectId !== null && (
        <Soft>
          {log('log.about')} {words.subject(subjectType)}{' '}
          <ShortId id={subjectId} href={isPerson ? `/admin/users/${subjectId}` : undefined} />
        </Soft>
      )}
    </LogEntry>
  );
}
