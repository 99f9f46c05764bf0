import type { Doctor } from '@openward/contracts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';

/** Years, place and languages of a doctor in one line. */
export function useDoctorFacts({ experienceYears, address, languages }: Doctor): string {
  const t = useText('patient');
  const format = useFormat();
  return [
    t('doctors.years', { count: experienceYears }),
    address === null ? '' : `${address.city}, ${address.country}`,
    format.list(languages.map((language) => format.language(language))),
  ]
    .filter((fact) => fact !== '')
    .join(' · ');
}
