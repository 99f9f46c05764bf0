import { Suspense, useEffect } from 'react';
import { Redirect, useLocation, useSearch } from 'wouter';
import { useText } from '#i18n/use-text.ts';
import { Empty } from '#ui/empty.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { Failure } from '#ui/query-state.tsx';
import { Skeleton } from '#ui/skeleton.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { homes } from './features.ts';
import { LinkButton } from './link.tsx';
import { findRoute, loadPage, usePage } from './load-page.ts';
import type { MatchResult } from './match-route.ts';
import { loginFor, nextPlace } from './places.ts';
import { useHolder, useMe } from './session.ts';

/** The page for the address, in the main landmark. */
export function CurrentPage() {
  const [path] = useLocation();
  const found = findRoute(path);
  return (
    <ErrorBoundary key={path}>
      <Suspense fallback={<Skeleton shape="page" />}>
        {found === null ? <NotFound /> : <Guarded key={found.route.path} found={found} />}
      </Suspense>
    </ErrorBoundary>
  );
}

/** Lets in whom the route is for, and leads the others to where they can do something. */
function Guarded({ found }: { found: MatchResult }) {
  const { who, path: pattern } = found.route;
  const [path] = useLocation();
  const search = useSearch();
  const holder = useHolder();
  const home = holder === null ? undefined : homes?.[holder.role];
  if (who === 'guest' && holder !== null) {
    const next = nextPlace(search) ?? home ?? '/';
    return next === pattern ? <NotFound /> : <Redirect to={next} replace />;
  }
  if (who === 'anyone' || who === 'guest') return <LoadedPage found={found} />;
  if (holder === null) return <Redirect to={loginFor(path, search)} replace />;
  if (who !== 'logged-in' && !who.includes(holder.role)) return <NotFound />;
  return <WithAccount found={found} />;
}

/** A page of somebody: it is loaded beside the account, and shown when both are there. */
function WithAccount({ found }: { found: MatchResult }) {
  const me = useMe();
  if (me.data === undefined && me.isError) return <Failure error={me.error} onRetry={() => void me.refetch()} />;
  if (me.data === undefined) {
    loadPage(found.route).catch(() => undefined);
    return <Skeleton shape="page" />;
  }
  return <LoadedPage found={found} />;
}

function LoadedPage({ found }: { found: MatchResult }) {
  const page = usePage(found.route);
  if (page === null) return <Skeleton shape="page" />;
  return (
    <>
      <page.Page params={found.params} />
      <Arrival />
    </>
  );
}

/** After a change of pages the heading has the focus, so that keyboards and screen readers are where the eyes are. */
function Arrival() {
  const [path] = useLocation();
  useEffect(() => {
    const isFirst = arrivedAt === null;
    if (arrivedAt === path) return;
    arrivedAt = path;
    if (isFirst) return;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, [path]);
  return null;
}

let arrivedAt: string | null = null;

export function NotFound() {
  const t = useText('shell');
  return (
    <PageBody title={t('notFound.title')} width="narrow">
      <Empty icon="search" title={t('notFound.short')}>
        <p>{t('notFound.text')}</p>
        <LinkButton href="/" variant="primary">
          {t('notFound.home')}
        </LinkButton>
      </Empty>
      <Arrival />
    </PageBody>
  );
}
