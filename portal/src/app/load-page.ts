import { useEffect, useState } from 'react';
import { currentLanguage, loadMessages } from '#i18n/language.ts';
import type { PageRoute } from './feature.ts';
import { routes } from './features.ts';
import { type MatchResult, matchRoute } from './match-route.ts';
import { onPreload } from './preload.ts';

type Loaded = Awaited<ReturnType<PageRoute['load']>>;

const pages = new Map<string, Promise<Loaded>>();
/** By the path of the route. */
const arrived = new Map<string, Loaded>();

/** A page and its texts, at once and only once. What failed is tried again by the next who asks. */
export function loadPage(route: PageRoute): Promise<Loaded> {
  const key = `${currentLanguage()} ${route.path}`;
  const known = pages.get(key);
  if (known !== undefined) return known;
  const texts = route.messages.map((namespace) => loadMessages(namespace));
  const promise = Promise.all([route.load(), ...texts]).then(([module]) => module);
  pages.set(key, promise);
  promise.then(
    (module) => arrived.set(route.path, module),
    () => pages.delete(key),
  );
  return promise;
}

/**
 * A page, or null until it is there: at once where a link has loaded it already. It does not suspend, since React leaves a fallback standing
 * for 300 ms, however soon the page is there.
 * @throws what it could not be loaded for.
 */
export function usePage(route: PageRoute): Loaded | null {
  const [failure, setFailure] = useState<{ error: unknown } | null>(null);
  const [, setArrived] = useState<Loaded | null>(null);
  const page = arrived.get(route.path) ?? null;
  useEffect(() => {
    if (page === null) loadPage(route).then(setArrived, (error: unknown) => setFailure({ error }));
  }, [page, route]);
  if (failure !== null) throw failure.error;
  return page;
}

export function findRoute(path: string): MatchResult | null {
  for (const route of routes) {
    const found = matchRoute(route, path);
    if (found !== null) return found;
  }
  return null;
}

onPreload((path) => {
  const found = findRoute(path);
  if (found !== null) loadPage(found.route).catch(() => undefined);
});
