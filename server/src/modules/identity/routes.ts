import * as contract from '@openward/contracts';
import { refuseCrossSite } from '#platform/http/origin.ts';
import type { Http } from '#platform/http/route.ts';
import { serve } from '#platform/http/route.ts';
import type { Ctx } from '#server/context.ts';
import { beginPasskeyLogin, beginReauthentication } from './begin-passkey-login.ts';
import { changeEmail, confirmEmail } from './change-email.ts';
import { changePassword } from './change-password.ts';
import { confirmPasskey } from './confirm-passkey.ts';
import { confirmTotp } from './confirm-totp.ts';
import { disableTotp } from './disable-totp.ts';
import { endUserSessions } from './end-user-sessions.ts';
import { logIn } from './log-in.ts';
import { requestPasswordReset, resendVerification } from './mail-link.ts';
import { listPasskeys, removePasskey, renamePasskey } from './own-passkeys.ts';
import { endSession, listSessions, logOut, logOutAll } from './own-sessions.ts';
import { fresh, reauthenticate, steppedUp } from './reauthenticate.ts';
import { refreshSession } from './refresh-session.ts';
import { registerAccount } from './register-account.ts';
import { endReplacedSession } from './replace-session.ts';
import { resetPassword } from './reset-password.ts';
import { resetSecondFactor } from './reset-second-factor.ts';
import { listSecurityEvents } from './security-event.ts';
import { clearSession, refreshCookie, setSessionCookies } from './session-cookies.ts';
import { setUpPasskey } from './set-up-passkey.ts';
import { setUpTotp } from './set-up-totp.ts';
import type { SessionTokens } from './start-session.ts';
import { undoEmailChange } from './undo-email-change.ts';
import { verifyEmail } from './verify-email.ts';

export const identityRoutes = [
  serve(contract.register, 'register', registerAccount),
  serve(contract.verifyEmail, 'write', verifyEmail),
  serve(contract.resendVerification, 'write', resendVerification),
  serve(contract.forgotPassword, 'write', requestPasswordReset),
  serve(contract.resetPassword, 'write', resetPassword),
  serve(contract.login, 'login', logInByCookie),
  serve(contract.issueTokens, 'login', async (ctx, input) => inBody(await logIn(ctx, input))),
  serve(contract.beginPasskeyLogin, 'write', beginPasskeyLogin),
  serve(contract.loginByPasskey, 'login', logInByCookie),
  serve(contract.issueTokensByPasskey, 'login', async (ctx, input) => inBody(await logIn(ctx, input))),
  serve(contract.refresh, 'write', refreshByCookieOrBody),
  serve(contract.logOut, 'write', clearing(logOut)),
  serve(contract.logOutAll, 'write', clearing(logOutAll)),
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
  return setSessionCookies(http, tokens);
}

/** A token in the body is answered in the body, one in the cookie by cookies: neither ever crosses over. */
async function refreshByCookieOrBody(ctx: Ctx, { refreshToken }: { refreshToken?: string }, http: Http) {
  if (refreshToken !== undefined) return inBody(await refreshSession(ctx, refreshToken));
  const cookie = http.cookie(refreshCookie);
  if (cookie !== undefined) refuseCrossSite(http.headers, ctx.config.http.publicUrl);
  return setSessionCookies(http, await refreshSession(ctx, cookie));
}

function inBody(tokens: SessionTokens): contract.TokenPair {
  return { ...tokens, tokenType: 'Bearer' };
}

function clearing(end: (ctx: Ctx) => Promise<undefined>) {
  return async (ctx: Ctx, _input: object, http: Http): Promise<undefined> => {
    await end(ctx);
    clearSession(http);
  };
}
