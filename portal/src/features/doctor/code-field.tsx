import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'react';
import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { TextField } from '#ui/field.tsx';

/** As the contract has it; the server makes small letters large. */
const icd10Pattern = /^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$/i;
const pauseMs = 200;

/**
 * The code of a diagnosis. Where the clinic has a table of codes it is searched as somebody types, by code or by words of the title;
 * the browser refuses to send a code of a wrong form, in our words.
 */
export function CodeField({ defaultValue }: { defaultValue: string }) {
  const t = useText('doctor');
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const typed = useSettled(place, defaultValue);
  const found = useQuery({
    queryKey: ['icd10', typed],
    queryFn: ({ signal }) => api.searchIcd10(typed === '' ? {} : { q: typed }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 300_000,
  });
  const edition = found.data?.edition ?? null;
  const complaint = t('icd.wrong');
  useEffect(() => {
    const input = place.current?.querySelector('input');
    const check = () => {
      const code = input?.value.trim() ?? '';
      input?.setCustomValidity(code === '' || icd10Pattern.test(code) ? '' : complaint);
    };
    check();
    input?.addEventListener('input', check);
    return () => input?.removeEventListener('input', check);
  }, [complaint]);
  return (
    <div ref={place}>
      <TextField
        name="icd10"
        label={t('icd.label')}
        hint={edition === null ? t('icd.hint') : t('icd.search', { edition })}
        defaultValue={defaultValue}
        maxLength={100}
        list={id}
        autoComplete="off"
        spellCheck={false}
      />
      <datalist id={id}>
        {found.data?.items.map(({ code, title }) => (
          <option key={code} value={code}>
            {title}
          </option>
        ))}
      </datalist>
    </div>
  );
}

/** What stands in the field below, once nothing was typed for a moment. */
function useSettled(place: { current: HTMLDivElement | null }, first: string): string {
  const [settled, setSettled] = useState(first);
  useEffect(() => {
    const input = place.current?.querySelector('input');
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => setSettled(input?.value.trim() ?? ''), pauseMs);
    };
    input?.addEventListener('input', wait);
    return () => {
      clearTimeout(timer);
      input?.removeEventListener('input', wait);
    };
  }, [place]);
  return settled;
}
