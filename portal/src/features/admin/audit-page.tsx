import type { AuditEntry } from '@openward/contracts';
import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Soft } from '#ui/layout.tsx';
import { LogEntry } from './log-entry.tsx';
import { LogPage } from './log-page.tsx';
import { auditActions, useLogWords } from './log-words.ts';
import { ShortId } from './short-id.tsx';

/** Who did what to whose record. */
export function Page() {
  const t = useText('admin');
  const words = useLogWords();
  return (
    <LogPage
      name="audit"
      title={t('audit.title')}
      lead={t('audit.lead')}
      actions={auditActions.map((value) => ({ value, label: words.action(value) }))}
      withActor
      load={(query, options) => api.listAudit({ ...query, limit: 50 }, options)}
    >
      {(entry) => <Entry key={entry.id} entry={entry} />}
    </LogPage>
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
