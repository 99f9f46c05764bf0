import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '#app/api.ts';
import { useHolder } from '#app/session.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { ChoiceField, TextField } from '#ui/field.tsx';
import { QueryState } from '#ui/query-state.tsx';

/** A colleague by a part of the name; chosen as `doctorId` of the form around it. */
export function FindColleague() {
  const t = useText('doctor');
  const specialtyName = useSpecialtyName();
  const holder = useHolder();
  const [text, setText] = useState('');
  const q = useSettled(text.trim());
  const doctors = useQuery({
    queryKey: ['colleagues', q],
    queryFn: ({ signal }) => api.listDoctors({ q, limit: 8 }, { signal }),
    enabled: q !== '',
  });
  return (
    <>
      <div onInput={(event) => event.target instanceof HTMLInputElement && setText(event.target.value)}>
        <TextField
          name="colleague"
          type="search"
          label={t('handOver.search')}
          hint={t('handOver.search.hint')}
          maxLength={100}
          autoComplete="off"
          required
        />
      </div>
      {q !== '' && (
        <QueryState query={doctors}>
          {({ items }) => {
            const others = items.filter(({ id }) => id !== holder?.id);
            if (others.length === 0) return <p role="status">{t('handOver.none')}</p>;
            return (
              <ChoiceField
                name="doctorId"
                label={t('handOver.choose')}
                options={others.map(({ id, fullName, specialty, address }) => ({
                  value: id,
                  label: fullName,
                  hint: [specialtyName(specialty), ...(address === null ? [] : [address.city])].join(' · '),
                }))}
              />
            );
          }}
        </QueryState>
      )}
    </>
  );
}

/** Once the fingers rest: not a call for each letter. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 250);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
