import type { Doctor } from '@openward/contracts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Soft } from '#ui/layout.tsx';
import { Stars } from '#ui/stars.tsx';

/** How a doctor was rated, and on what that rests. */
export function DoctorScore({ rating: { average, count } }: Pick<Doctor, 'rating'>) {
  const t = useText('patient');
  const format = useFormat();
  if (average === null) return <Soft>{t('rating.none')}</Soft>;
  const value = format.number(average, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return (
    <span>
      <Stars value={average} label={t('rating.of', { value })} /> {value} <Soft>{t('rating.count', { count })}</Soft>
    </span>
  );
}
