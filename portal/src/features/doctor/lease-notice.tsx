import type { CareRequest } from '@openward/contracts';
import { useText } from '#i18n/use-text.ts';
import { Notice } from '#ui/notice.tsx';
import { useNow } from './use-now.ts';

/** Until the first message or the diagnosis: how long the request stays with whoever took it. */
export function LeaseNotice({ request: { status, acceptedUntil } }: { request: CareRequest }) {
  const t = useText('doctor');
  const now = useNow();
  if (status !== 'accepted' || acceptedUntil == null) return null;
  const minutes = Math.floor((Date.parse(acceptedUntil) - now) / 60_000);
  return (
    <Notice kind={minutes < 5 ? 'warning' : 'info'} title={t('lease.title')}>
      <p>
        <time dateTime={acceptedUntil}>{minutes < 1 ? t('lease.last') : t('lease.left', { count: minutes })}</time>
      </p>
    </Notice>
  );
}
