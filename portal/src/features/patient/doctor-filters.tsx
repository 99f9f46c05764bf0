import type { DoctorSort, SpecialtyCode } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { SelectField, TextField } from '#ui/field.tsx';
import { FilterBar } from '#ui/filter-bar.tsx';

export type Filters = {
  q?: string | undefined;
  specialty?: SpecialtyCode | undefined;
  language?: string | undefined;
  country?: string | undefined;
  city?: string | undefined;
  accepting?: boolean | undefined;
  minRating?: number | undefined;
  sort?: DoctorSort | undefined;
};

const sorts: readonly DoctorSort[] = ['rating', 'experience', 'name', 'newest'];
const ratings = [3, 4, 4.5];
/** Those that most people look for; any other can be searched in the address. */
const languages = ['ar', 'de', 'en', 'es', 'fr', 'hi', 'it', 'ja', 'pl', 'pt', 'ru', 'tr', 'uk', 'zh'];

/** Changed in place: the list follows at once. */
export function DoctorFilters({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  const t = useText('patient');
  const format = useFormat();
  const { q, specialty, language, country, city, accepting, minRating, sort } = filters;
  const typing = (name: 'q' | 'city' | 'country') => (value: string) =>
    onChange({ ...filters, [name]: value || undefined });
  return (
    <FilterBar label={t('doctors.filter')}>
      <TypedField name="q" type="search" label={t('doctors.name')} defaultValue={q} onType={typing('q')} />
      <SpecialtyField
        name="specialty"
        empty={t('specialty.any')}
        value={specialty}
        onChange={(code) => onChange({ ...filters, specialty: code })}
      />
      <TypedField name="city" label={t('doctors.city')} defaultValue={city} onType={typing('city')} />
      <TypedField name="country" label={t('doctors.country')} defaultValue={country} onType={typing('country')} />
      <SelectField
        key={`language-${language}`}
        name="language"
        label={t('doctors.language')}
        empty={t('doctors.any')}
        defaultValue={language ?? ''}
        options={[...new Set([...languages, ...(language === undefined ? [] : [language])])]
          .map((value) => ({ value, label: format.language(value) }))
          .toSorted((one, other) => one.label.localeCompare(other.label))}
        onChange={(value) => onChange({ ...filters, language: value || undefined })}
      />
      <SelectField
        key={`rating-${minRating}`}
        name="minRating"
        label={t('doctors.minRating')}
        empty={t('doctors.any')}
        defaultValue={minRating === undefined ? '' : String(minRating)}
        options={ratings.map((value) => ({
          value: String(value),
          label: t('doctors.atLeast', { value: format.number(value) }),
        }))}
        onChange={(value) => onChange({ ...filters, minRating: Number(value) || undefined })}
      />
      <SelectField
        key={`accepting-${accepting}`}
        name="accepting"
        label={t('doctors.accepting')}
        empty={t('doctors.any')}
        defaultValue={accepting === true ? 'true' : ''}
        options={[{ value: 'true', label: t('doctors.acceptingNow') }]}
        onChange={(value) => onChange({ ...filters, accepting: value === 'true' || undefined })}
      />
      <SelectField
        key={`sort-${sort}`}
        name="sort"
        label={t('doctors.sort')}
        defaultValue={sort ?? 'rating'}
        options={sorts.map((value) => ({ value, label: t(`sort.${value}`) }))}
        onChange={(value) => onChange({ ...filters, sort: value === 'rating' ? undefined : (value as DoctorSort) })}
      />
    </FilterBar>
  );
}

type TypedFieldProps = {
  name: string;
  label: string;
  type?: 'search';
  defaultValue: string | undefined;
  onType: (value: string) => void;
};

/** A field whose every letter is told. */
function TypedField({ onType, ...field }: TypedFieldProps) {
  return (
    <div onInput={(event) => event.target instanceof HTMLInputElement && onType(event.target.value.trim())}>
      <TextField {...field} maxLength={100} required={false} />
    </div>
  );
}

type SpecialtyFieldProps = {
  name: string;
  empty: string;
  value: SpecialtyCode | undefined;
  required?: boolean;
  onChange: (code: SpecialtyCode | undefined) => void;
};

/** The specialties that somebody is listed for, by their names. */
export function SpecialtyField({ name, empty, value, required = false, onChange }: SpecialtyFieldProps) {
  const t = useText('patient');
  const nameOf = useSpecialtyName();
  const specialties = useQuery({ queryKey: ['specialties'], queryFn: () => api.listSpecialties(), staleTime: 600_000 });
  const options = (specialties.data?.items ?? [])
    .filter(({ code, doctorCount }) => doctorCount > 0 || code === value)
    .map((specialty) => ({ value: specialty.code, label: nameOf(specialty) }))
    .toSorted((one, other) => one.label.localeCompare(other.label));
  return (
    <SelectField
      key={`${value}-${options.length}`}
      name={name}
      label={t('specialty')}
      empty={empty}
      defaultValue={value ?? ''}
      required={required}
      options={options}
      onChange={(code) => onChange((code || undefined) as SpecialtyCode | undefined)}
    />
  );
}
