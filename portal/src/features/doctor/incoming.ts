import type { CareRequest } from '@openward/contracts';
import type { InfiniteData, QueryClient, UseInfiniteQueryResult } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { live } from '#app/live.ts';
import { usePages } from '#app/use-pages.ts';

const incomingKey = ['requests', 'incoming'];
const pageSize = 50;

/** Who waits for this doctor, the most urgent and longest waiting first; kept fresh. One query for the page and the badge. */
export function useIncoming(): UseInfiniteQueryResult<CareRequest[]> {
  return usePages(
    incomingKey,
    (cursor, signal) => api.listRequests({ box: 'incoming', limit: pageSize, cursor }, { signal }),
    live,
  );
}

/** It waits no longer, as is known before the list says so. What else lists requests asks again. */
export function leaveIncoming(queries: QueryClient, id: string): void {
  queries.setQueryData<InfiniteData<{ items: CareRequest[] }>>(
    incomingKey,
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({ ...page, items: page.items.filter((request) => request.id !== id) })),
      },
  );
  void queries.invalidateQueries({ queryKey: ['requests'] });
}
