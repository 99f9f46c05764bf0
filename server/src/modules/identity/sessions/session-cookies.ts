import type { login, ReplyOf } from '@openward/contracts';
import { ACCESS_LIFETIME_S, REFRESH_LIFETIME_S } from '#platform/crypto/tokens.ts';
import type { Http } from '#platform/http/route.ts';
import type { SessionTokens } from './start-session.ts';

/** `__Host-`: only this host over HTTPS, for every path. `__Secure-` for the refresh token, since its path is narrower. */
export const accessCookie = '__Host-openward-access';
export const refreshCookie = '__Secure-openward-refresh';
const refreshPath = '/api/v1/auth';

/** Hands the tokens to the browser as cookies that no script can read; the body holds none. */
export function setSessionCookies(
  http: Http,
  { account, session, accessToken, refreshToken }: SessionTokens,
): ReplyOf<typeof login> {
  http.setCookie(accessCookie, accessToken, { path: '/', maxAgeS: ACCESS_LIFETIME_S });
  http.setCookie(refreshCookie, refreshToken, { path: refreshPath, maxAgeS: REFRESH_LIFETIME_S });
  return { account, session };
}

/**
 * Leaves nothing of a session in the browser: its cookies by name, and all else that this host has kept there (W3C Clear Site
 * Data; ASVS 14.3.1). Told to bearer calls as well: a script in a page is one, and other clients do not know the header.
 */
export function clearSession(http: Http): void {
  http.header('clear-site-data', '"cache", "cookies", "storage"');
  http.setCookie(accessCookie, '', { path: '/', maxAgeS: 0 });
  http.setCookie(refreshCookie, '', { path: refreshPath, maxAgeS: 0 });
}
