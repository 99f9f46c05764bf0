import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { Soft } from '#ui/layout.tsx';
import { LogEntry } from './log-entry.tsx';
import { LogPage } from './log-page.tsx';
import { eventKinds, useLogWords } from './log-words.ts';
import { SecurityNav } from './security-nav.tsx';
import { ShortId } from './short-id.tsx';

/** What looked like an attack, and what changed about how people log in. */
export function Page() {
  const t = useText('admin');
  const log = useText('log');
  const words = useLogWords();
  return (
    <LogPage
      name="security"
      title={t('security.title')}
      lead={t('security.lead')}
      nav={<SecurityNav />}
      actions={eventKinds.map((value) => ({ value, label: words.event(value) }))}
      load={(query, options) => api.listSecurityEvents({ ...query, limit: 50 }, options)}
    >
      {({ id, at, kind, accountId, ip, requestId, details }) => (
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
            {accountId === null ? log('log.nobody') : <ShortId id={accountId} href={`/admin/users/${accountId}`} />}
          </Soft>
          {ip !== null && <Soft>{log('log.from.ip', { ip })}</Soft>}
        </LogEntry>
      )}
    </LogPage>
  );
}
