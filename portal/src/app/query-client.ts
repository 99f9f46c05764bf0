import { OpenwardError } from '@openward/client';
import { QueryCache, QueryClient } from '@tanstack/react-query';

/**
 * What the server said lives here, in memory only. The client below repeats what may be repeated by itself, so that queries
 * need not; a query that fails shows what it had, unless the server says that it is gone or somebody else's now.
 */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      const isLost = error instanceof OpenwardError && (error.code === 'not-found' || error.code === 'forbidden');
      if (isLost) query.setState({ data: undefined });
    },
  }),
  defaultOptions: {
    queries: { retry: false, staleTime: 15_000, gcTime: 10 * 60_000, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});
