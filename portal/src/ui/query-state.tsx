import type { UseInfiniteQueryResult, UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useText } from '#i18n/use-text.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';
import { Skeleton } from './skeleton.tsx';
import { useProblemText } from './use-problem-text.ts';

type QueryStateProps<Data> = {
  query: UseQueryResult<Data> | UseInfiniteQueryResult<Data>;
  /** What stands there meanwhile; default: some rows. */
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
};

/** What a query brought; until then bars of its shape, and when it fails a sentence and a button. What it brought before stays. */
export function QueryState<Data>({ query, skeleton, children }: QueryStateProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return skeleton ?? <Skeleton shape="rows" />;
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problemText = useProblemText();
  const t = useText('shell');
  return (
    <div role="alert">
      <Notice kind="danger">
        <p>{problemText.of(error)}</p>
        {onRetry !== undefined && (
          <Button size="small" icon="refresh" onClick={onRetry}>
            {t('retry')}
          </Button>
        )}
      </Notice>
    </div>
  );
}

/** The next page of a list, while there is one. */
export function LoadMore({ query }: { query: UseInfiniteQueryResult }) {
  const t = useText('shell');
  if (!query.hasNextPage) return null;
  return (
    <Button wide busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      {t('more')}
    </Button>
  );
}
