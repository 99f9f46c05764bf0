import * as contract from '@openward/contracts';
import { refuseCrossSite } from '#platform/http/origin.ts';
import { preferredLanguage } from '#platform/http/preferred-language.ts';
import type { Http } from '#platform/http/route.ts';
import { serve } from '#platform/http/route.ts';
import type { Ctx } from '#server/context.ts';
import { listAppeals } from './accounts/list-appeals.ts';
import { registerAccount } from './accounts/register-account.ts';
import { listSecurityEvents } from './events/security-event.ts';
import { confirmTotp } from './factors/confirm-totp.ts';
import { disableTotp } from './factors/disable-totp.ts';
import { resetSecondFactor } from './factors/reset-second-factor.ts';
import { setUpTotp } from './factors/set-up-totp.ts';
import { changeEmail, confirmEmail } from './links/change-email.ts';
import { requestPasswordReset, resendVerification } from './links/mail-link.ts';
import { undoEmailChange } from './links/undo-email-change.ts';
import { verifyEmail } from './links/verify-email.ts';
import { beginPasskeyLogin, beginReauthentication } from './passkeys/begin-passkey-login.ts';
import { confirmPasskey } from './passkeys/confirm-passkey.ts';
import { listPasskeys, removePasskey, renamePasskey } from './passkeys/own-passkeys.ts';
import { setUpPasskey } from './passkeys/set-up-passkey.ts';
import { changePassword } from './passwords/change-password.ts';
import { resetPassword } from './passwords/reset-password.ts';
import { endUserSessions } from './sessions/end-user-sessions.ts';
import { type LoginTokens, logIn } from './sessions/log-in.ts';
import { endSession, listSessions, logOut, logOutAll } from './sessions/own-sessions.ts';
import { fresh, reauthenticate, steppedUp } from './sessions/reauthenticate.ts';
import { refreshSession } from './sessions/refresh-session.ts';
import { endReplacedSession } from './sessions/replace-session.ts';
import { clearSession, refreshCookie, setDeviceCookie, setSessionCookies } from './sessions/session-cookies.ts';
import type { SessionTokens } from './sessions/start-session.ts';

export const identityRoutes = [
  serve(
    contract.register,
    'register',
    async (ctx, input, http) => registerAccount(ctx, { ...input, language: input.language ?? preferredLanguage(http) }),
    { hashes: true },
  ),
  serve(contract.verifyEmail, 'write', verifyEmail),
  serve(contract.resendVerification, 'write', resendVerification),
  serve(contract.forgotPassword, 'write', requestPasswordReset),
  serve(contract.resetPassword, 'write', resetPassword),
  serve(contract.login, 'login', logInByCookie, { hashes: true }),
  serve(contract.issueTokens, 'login', async (ctx, input) => inBody(await logIn(ctx, input)), { hashes: true }),
  serve(contract.beginPasskeyLogin, 'write', beginPasskeyLogin),
  serve(contract.loginByPasskey, 'login', logInByCookie),
  serve(contract.issueTokensByPasskey, 'login', async (ctx, input) => inBody(await logIn(ctx, input))),
  // Without it an open consultation ends within a quarter of an hour.
  serve(contract.refresh, 'write', refreshByCookieOrBody, { priority: 'care' }),
  serve(contract.logOut, 'write', clearing(logOut), { priority: 'care' }),
  serve(contract.logOutAll, 'write', clearing(logOutAll), { priority: 'care' }),
  serve(contract.listSessions, 'read', listSessions),
  serve(contract.endSession, 'write', endSession),
  serve(contract.setUpTotp, 'write', fresh(setUpTotp)),
  serve(contract.confirmTotp, 'write', confirmTotp),
  serve(contract.disableTotp, 'write', disableTotp),
  // Whoever has a challenge began freshly, in this session and within five minutes.
  serve(contract.setUpPasskey, 'write', fresh(setUpPasskey)),
  serve(contract.confirmPasskey, 'write', confirmPasskey),
  serve(contract.listPasskeys, 'read', listPasskeys),
  serve(contract.renamePasskey, 'write', fresh(renamePasskey)),
  serve(contract.removePasskey, 'write', fresh(removePasskey)),
  serve(contract.reauthenticate, 'write', reauthenticate),
  serve(contract.beginReauthentication, 'write', beginReauthentication),
  serve(contract.listAppeals, 'read', listAppeals),
  serve(contract.endUserSessions, 'write', steppedUp(endUserSessions)),
  serve(contract.resetSecondFactor, 'write', steppedUp(resetSecondFactor)),
  serve(contract.changePassword, 'write', changePassword),
  serve(contract.changeEmail, 'write', changeEmail),
  serve(contract.confirmEmail, 'write', confirmEmail),
  serve(contract.undoEmailChange, 'write', undoEmailChange),
  serve(contract.listSecurityEvents, 'read', listSecurityEvents),
];

/** For browsers: the tokens become cookies, and the session that this browser had before is over. */
async function logInByCookie(ctx: Ctx, input: Parameters<typeof logIn>[1], http: Http) {
  refuseCrossSite(http.headers, ctx.config.http.publicUrl);
  const tokens = await logIn(ctx, input);
  await endReplacedSession(ctx, http.cookie(refreshCookie));
  setDeviceCookie(http, tokens.deviceToken);
  return setSessionCookies(http, tokens);
}

/** A token in the body is answered in the body, one in the cookie by cookies: neither ever crosses over. */
async function refreshByCookieOrBody(ctx: Ctx, { refreshToken }: { refreshToken?: string }, http: Http) {
  if (refreshToken !== undefined) return inBody(await refreshSession(ctx, refreshToken));
  const cookie = http.cookie(refreshCookie);
  if (cookie !== undefined) refuseCrossSite(http.headers, ctx.config.http.publicUrl);
  return setSessionCookies(http, await refreshSession(ctx, cookie));
}

function inBody(tokens: SessionTokens | LoginTokens): contract.TokenPair {
  return { ...tokens, tokenType: 'Bearer' };
}

function clearing(end: (ctx: Ctx) => Promise<undefined>) {
  return async (ctx: Ctx, _input: object, http: Http): Promise<undefined> => {
    await end(ctx);
    clearSession(http);
  };
}
