import type { TimelineItem } from '@openward/contracts';
import { Link } from '#app/link.tsx';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import css from './record.module.css';

/** What happened, newest first. `hrefOf`: where a request is for whoever looks. */
export function Timeline({ items, hrefOf }: { items: readonly TimelineItem[]; hrefOf: (requestId: string) => string }) {
  const t = useText('record');
  return (
    <ol className={css['timeline']} aria-label={t('timeline.title')}>
      {items.map((item) => (
        <li
          key={`${item.at} ${item.kind} ${item.requestId} ${item.diagnosis?.version ?? ''} ${item.diagnosis?.id ?? ''}`}
        >
          <Happened item={item} href={hrefOf(item.requestId)} />
        </li>
      ))}
    </ol>
  );
}

function Happened({
  item: { at, kind, specialty, doctor, diagnosis, stars },
  href,
}: {
  item: TimelineItem;
  href: string;
}) {
  const t = useText('record');
  const format = useFormat();
  const specialtyName = useSpecialtyName();
  return (
    <>
      <Link href={href}>{t(`timeline.${kind}`)}</Link>
      {diagnosis !== undefined && (
        <p>
          {diagnosis.title}
          {diagnosis.icd10 !== null && ` (${diagnosis.icd10})`}
        </p>
      )}
      {stars !== undefined && <p>{t('timeline.stars', { count: stars })}</p>}
      <p className={css['meta']}>
        {[format.dateTime(at), doctor?.fullName, specialtyName(specialty)]
          .filter((part) => part !== undefined)
          .join(' · ')}
      </p>
    </>
  );
}
