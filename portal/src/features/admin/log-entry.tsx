import type { ReactNode } from 'react';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Facts } from '#ui/card.tsx';
import css from './admin.module.css';
import { ShortId } from './short-id.tsx';

type LogEntryProps = {
  at: string;
  title: string;
  /** The server's own name for it. */
  code: string;
  badge?: ReactNode;
  /** Who, whom. */
  children: ReactNode;
  ip: string | null;
  requestId: string | null;
  details: Readonly<Record<string, unknown>>;
};

/** What happened, when, and between whom; the rest opens below it. */
export function LogEntry({ at, title, code, badge, children, ip, requestId, details }: LogEntryProps) {
  const log = useText('log');
  const format = useFormat();
  const exact = new Date(at).toISOString();
  return (
    <li>
      <time dateTime={exact}>{format.dateTime(at)}</time>
      <div>
        <div className={css['line']}>
          <strong>{title}</strong>
          {badge}
        </div>
        <div className={css['line']}>{children}</div>
        <details>
          <summary>{log('log.details')}</summary>
          <Facts
            items={[
              [
                log('log.code'),
                <code key="code" className={css['code']}>
                  {code}
                </code>,
              ],
              [
                log('log.exactly'),
                <code key="at" className={css['code']}>
                  {exact}
                </code>,
              ],
              [log('log.ip'), ip ?? '–'],
              [log('log.request'), requestId === null ? '–' : <ShortId key="request" id={requestId} />],
              ...Object.entries(details).map(([name, value]) => [name, <Detail key={name} value={value} />] as const),
            ]}
          />
        </details>
      </div>
    </li>
  );
}

function Detail({ value }: { value: unknown }) {
  return <span className={css['prose']}>{typeof value === 'string' ? value : JSON.stringify(value)}</span>;
}
