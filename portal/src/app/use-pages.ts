import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';

type PageOf<Item> = { items: Item[]; nextCursor: string | null };

/** A list that comes in pages, as one list. For `QueryState`, with `LoadMore` below it. */
export function usePages<Item>(
  queryKey: readonly unknown[],
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<Item>>,
): UseInfiniteQueryResult<Item[]> {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    select: ({ pages }: InfiniteData<PageOf<Item>>) => pages.flatMap(({ items }) => items),
  });
}
