import { useSearchFilters } from './use-search-filters.ts';

export const logFilterNames = ['actorId', 'subjectId', 'action', 'from', 'to'] as const;
export type LogFilters = { readonly [N in (typeof logFilterNames)[number]]?: string | undefined };

export function useLogFilters() {
  return useSearchFilters(logFilterNames);
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const day = /^\d{4}-\d{2}-\d{2}$/;

export type LogQuery = ReturnType<typeof toLogQuery>;

/** As the server wants it: days become the moments at which they begin and end here. What is no day or id is left out. */
export function toLogQuery({ actorId, subjectId, action, from, to }: LogFilters) {
  const id = (value: string | undefined) => (value !== undefined && uuid.test(value) ? value : undefined);
  return {
    actorId: id(actorId),
    subjectId: id(subjectId),
    action: action?.slice(0, 100),
    from: beginningOf(from, 0),
    to: beginningOf(to, 1),
  };
}

/** The moment at which a day begins here; undefined for what is none. */
export function beginningOf(text: string | undefined, daysLater: number): string | undefined {
  if (text === undefined || !day.test(text)) return undefined;
  const date = new Date(`${text}T00:00`);
  if (Number.isNaN(date.getTime())) return undefined;
  date.setDate(date.getDate() + daysLater);
  return date.toISOString();
}
