import type { login, ReplyOf } from '@openward/contracts';
import { ACCESS_LIFETIME_S, REFRESH_LIFETIME_S } from '#platform/crypto/tokens.ts';
import type { Http } from '#platform/http/route.ts';
import { deviceMemoryDays } from './remember-device.ts';
import type { SessionTokens } from './start-session.ts';

/** `__Host-`: only this host over HTTPS, for every path. `__Secure-` for the refresh token, since its path is narrower. */
export const accessCookie = '__Host-openward-access';
export const refreshCookie = '__Secure-openward-refresh';
export const deviceCookie = '__Secure-openward-device';
const authPath = '/api/v1/auth';

/** Hands the tokens to the browser as cookies that no script can read; the body holds none. */
export function setSessionCookies(
  http: Http,
  { account, session, accessToken, refreshToken }: SessionTokens,
): ReplyOf<typeof login> {
  http.setCookie(accessCookie, accessToken, { path: '/', maxAgeS: ACCESS_LIFETIME_S });
  http.setCookie(refreshCookie, refreshToken, { path: authPath, maxAgeS: REFRESH_LIFETIME_S });
  return { account, session };
}

/** What the browser shows at its next login: it outlives the session, as it is for when there is none (decision 0022). */
export function setDeviceCookie(http: Http, credential: string): void {
  http.setCookie(deviceCookie, credential, { path: authPath, maxAgeS: deviceMemoryDays * 86_400 });
}

/**
 * Leaves nothing of a session in the browser: its cookies by name, and all else that this host has kept there (W3C Clear Site
 * Data; ASVS 14.3.1), but for the device's own cookie, which is sealed and opens nothing; with the account that goes too.
 * Told to bearer calls as well: a script in a page is one, and other clients do not know the header.
 */
export function clearSession(http: Http, { withDevice = false } = {}): void {
  http.header('clear-site-data', withDevice ? '"cache", "cookies", "storage"' : '"cache", "storage"');
  http.setCookie(accessCookie, '', { path: '/', maxAgeS: 0 });
  http.setCookie(refreshCookie, '', { path: authPath, maxAgeS: 0 });
  if (withDevice) http.setCookie(deviceCookie, '', { path: authPath, maxAgeS: 0 });
}
