import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import type { live } from './live.ts';

type PageOf<Item> = { items: Item[]; nextCursor: string | null };

/** A list that comes in pages, as one list. For `QueryState`, with `LoadMore` below it. With `live` it is kept fresh. */
export function usePages<Item>(
  queryKey: readonly unknown[],
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<Item>>,
  options: typeof live | Record<string, never> = {},
): UseInfiniteQueryResult<Item[]> {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    ...options,
    select: ({ pages }: InfiniteData<PageOf<Item>>) => pages.flatMap(({ items }) => items),
  });
}
