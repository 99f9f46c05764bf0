import type { Diagnosis } from '@openward/contracts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import css from './consultation.module.css';

/** A diagnosis below its title. */
export function Finding({ diagnosis: { icd10, createdAt, description, recommendations } }: { diagnosis: Diagnosis }) {
  const t = useText('doctor');
  const format = useFormat();
  return (
    <div className={css['finding']}>
      <p className={css['meta']}>
        {format.dateTime(createdAt)}
        {icd10 !== null && ` · ICD-10 ${icd10}`}
      </p>
      <div>
        <p className={css['meta']}>{t('diagnosis.description')}</p>
        <p className={css['prose']}>{description}</p>
      </div>
      <div>
        <p className={css['meta']}>{t('diagnosis.recommendations')}</p>
        <p className={css['prose']}>{recommendations}</p>
      </div>
    </div>
  );
}
