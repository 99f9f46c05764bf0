import type { CareRequest } from '@openward/contracts';
import { useFlagName, useText } from '#i18n/use-text.ts';
import { Notice } from '#ui/notice.tsx';
import css from './request.module.css';

/** What cannot wait for an answer here, first of all: what a rule found in one's words, and whom to call. Not once it is over. */
export function UrgentHelp({ request: { status, urgency, redFlags = [], emergency } }: { request: CareRequest }) {
  const t = useText('patient');
  const flagName = useFlagName();
  if (status !== 'submitted' && status !== 'accepted') return null;
  const number = emergency?.number ?? null;
  const call = number === null ? t('emergency.text') : t('emergency.call', { number });
  if (redFlags.length === 0)
    return urgency === 'emergency' && status === 'submitted' ? (
      <Notice kind="danger" title={t('emergency.title')}>
        <p>{call}</p>
      </Notice>
    ) : null;
  const isCrisis = redFlags.some(({ rule }) => rule === 'suicidal-thoughts');
  return (
    <div role="status">
      <Notice kind="danger" title={t('flags.title')}>
        {isCrisis && (
          <p>
            {t('flags.crisis')}{' '}
            {emergency?.crisisLine != null && t('flags.crisisLine', { number: emergency.crisisLine })}
          </p>
        )}
        <p>{call}</p>
        <ul className={css['signs']}>
          {redFlags.map((flag) => (
            <li key={flag.rule}>{flagName(flag)}</li>
          ))}
        </ul>
        <p>{t('flags.text')}</p>
      </Notice>
    </div>
  );
}
