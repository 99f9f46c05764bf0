import type { CareRequest } from '@openward/contracts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { cx } from '#ui/cx.ts';
import { Icon } from '#ui/icon.tsx';
import css from './request.module.css';
import { RequestStatus } from './request-status.tsx';

/** The way of a request as steps, each with its time once it is taken. What has changed is read out. */
export function RequestProgress({ request }: { request: CareRequest }) {
  const t = useText('patient');
  const format = useFormat();
  const { status, submittedAt, acceptedAt, diagnosedAt, closedAt } = request;
  if (status === 'cancelled' || status === 'declined')
    return (
      <div role="status">
        <RequestStatus status={status} />
      </div>
    );
  const steps = [
    ['submitted', submittedAt],
    ['accepted', acceptedAt],
    ['diagnosed', diagnosedAt],
    ['closed', closedAt],
  ] as const;
  return (
    <div role="status">
      <ol className={css['steps']} aria-label={t('request.progress')}>
        {steps.map(([name, at]) => (
          <li key={name} className={cx(at !== null && css['done'])} aria-current={name === status ? 'step' : undefined}>
            <span className={css['sign']}>{at !== null && <Icon name="check" size={16} />}</span>
            <span>
              <strong>{t(`step.${name}`)}</strong>
              {at !== null && <span className={css['meta']}>{format.dateTime(at)}</span>}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
