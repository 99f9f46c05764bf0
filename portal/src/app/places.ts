/** Where to go after a login: a place of this portal and nothing else, whatever stands in the address. */
export function nextPlace(search: string): string | null {
  const next = new URLSearchParams(search).get('next');
  if (next === null || !/^\/(?![/\\])/.test(next)) return null;
  const url = new URL(next, location.origin);
  return url.origin === location.origin ? url.pathname + url.search : null;
}

/** The login page that leads back to where one is. */
export function loginFor(path: string, search: string): string {
  const here = search === '' ? path : `${path}?${search.replace(/^\?/, '')}`;
  return here === '/' ? '/login' : `/login?next=${encodeURIComponent(here)}`;
}
