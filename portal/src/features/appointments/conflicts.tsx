import type { Appointment } from '@openward/contracts';
import { Link } from '#app/link.tsx';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Notice } from '#ui/notice.tsx';

/** What is booked and no longer fits the hours: it stays, until somebody moves or cancels it. */
export function Conflicts({ appointments }: { appointments: readonly Appointment[] }) {
  const t = useText('appointments');
  const format = useFormat();
  return (
    <div role="status">
      {appointments.length > 0 && (
        <Notice kind="warning" title={t('conflicts.title', { count: appointments.length })}>
          <p>{t('conflicts.text')}</p>
          <ul>
            {appointments.map(({ id, startsAt, patient }) => (
              <li key={id}>
                <Link href={`/appointments/${id}`}>{`${format.dateTime(startsAt)}, ${patient.fullName}`}</Link>
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </div>
  );
}
