import { useEffect, useState } from 'react';
import { useLocation, useSearch } from 'wouter';

type Filters<Name extends string> = { readonly [N in Name]?: string | undefined };

/** What is looked for stands in the address: it survives a reload, can be sent to a colleague, and going back finds it again. */
export function useSearchFilters<Name extends string>(
  names: readonly Name[],
): [filters: Filters<Name>, set: (next: Filters<Name>) => void] {
  const [path, navigate] = useLocation();
  const search = new URLSearchParams(useSearch());
  const wanted = (values: (name: Name) => string | null | undefined) =>
    names.flatMap((name): [Name, string][] => {
      const value = values(name)?.trim() ?? '';
      return value === '' ? [] : [[name, value]];
    });
  return [
    Object.fromEntries(wanted((name) => search.get(name))) as Filters<Name>,
    (next) => {
      const query = new URLSearchParams(wanted((name) => next[name])).toString();
      navigate(query === '' ? path : `${path}?${query}`, { replace: true });
    },
  ];
}

/** What has been typed once the fingers rest: not a call for each letter. */
export function useSettled<T>(value: T): T {
  const wanted = JSON.stringify(value);
  const [settled, setSettled] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), 250);
    return () => clearTimeout(timer);
  }, [wanted]);
  return JSON.parse(settled);
}
