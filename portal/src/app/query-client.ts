import { QueryClient } from '@tanstack/react-query';

/**
 * What the server said lives here, in memory only. The client below repeats what may be repeated by itself, so that queries
 * need not; a query that fails shows what it had.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: 15_000, gcTime: 10 * 60_000, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});
