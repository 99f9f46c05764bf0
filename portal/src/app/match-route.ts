import type { PageRoute } from './feature.ts';

export type MatchResult = { readonly route: PageRoute; readonly params: Readonly<Record<string, string | undefined>> };

/** `/requests/:id` and `/requests/0193…` → `{ id }`. A page has no path with a slash at its end. */
export function matchRoute(route: PageRoute, path: string): MatchResult | null {
  const wanted = route.path.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at] ?? '';
    if (part.startsWith(':') && value !== '') params[part.slice(1)] = decode(value);
    else if (part !== value) return null;
  }
  return { route, params };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
