import { currentLanguage, loadMessages } from '#i18n/language.ts';
import type { PageRoute } from './feature.ts';
import { routes } from './features.ts';
import { type MatchResult, matchRoute } from './match-route.ts';
import { onPreload } from './preload.ts';

type Loaded = Awaited<ReturnType<PageRoute['load']>>;

const pages = new Map<string, Promise<Loaded>>();

/** A page and its texts, at once and only once. What failed is tried again by the next who asks. */
export function loadPage(route: PageRoute): Promise<Loaded> {
  const key = `${currentLanguage()} ${route.path}`;
  const known = pages.get(key);
  if (known !== undefined) return known;
  const texts = route.messages.map((namespace) => loadMessages(namespace));
  const promise = Promise.all([route.load(), ...texts]).then(([module]) => module);
  pages.set(key, promise);
  promise.catch(() => pages.delete(key));
  return promise;
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
