import { Problem } from '../problem.ts';

/**
 * Refuses what a page of another site makes a browser send (CSRF). Cookies are SameSite=Strict already; this holds for
 * sibling hosts as well, and for login, where no cookie is needed yet.
 * @throws Problem 403 `cross-site`.
 */
export function refuseCrossSite(headers: Record<string, string | string[] | undefined>, publicUrl: URL): void {
  const site = headers['sec-fetch-site'];
  const allowed =
    site === undefined ? headers['origin'] === publicUrl.origin : site === 'same-origin' || site === 'none';
  if (allowed) return;
  throw new Problem('cross-site', {
    detail: `A call with cookies must come from ${publicUrl.origin} (Sec-Fetch-Site or Origin header). Other clients use POST /auth/tokens and a bearer token.`,
  });
}
