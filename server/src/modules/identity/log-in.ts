import type { login as contract, InputOf } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { type BanRow, findAccountByEmail, lockAccount, normalEmail } from './account.ts';
import { recordFailedLogin } from './event-series.ts';
import { takeSecondFactor } from './second-factor.ts';
import { type SessionTokens, startSession } from './start-session.ts';
import { accounts } from './tables.ts';

/**
 * Address and password → a session with its tokens. Limited by account before the hash; an unknown address takes as long
 * as a wrong password (ASVS 6.3.8).
 * @throws Problem 401 `invalid-credentials`; with the right password 403 `account-banned`, 403 `email-not-verified`, then
 *   401 `mfa-required` or 401 `invalid-totp` where the account has a second factor.
 */
export async function logIn(ctx: Ctx, { email, password, totp }: InputOf<typeof contract>): Promise<SessionTokens> {
  await ctx.limits.take('login.account', normalEmail(email));
  const found = await findAccountByEmail(ctx, email);
  const stored = found?.account.passwordHash ?? null;
  if (!(await ctx.passwords.verify(password, stored)) || found === null || stored === null) {
    await recordFailedLogin(ctx, { kind: 'login-failed', accountId: found?.account.id ?? null });
    throw new Problem('invalid-credentials', { detail: 'Address or password are wrong.' });
  }
  const rehashed = ctx.passwords.needsRehash(stored) ? await ctx.passwords.hash(password) : null;
  if (totp !== undefined) await ctx.limits.take('totp.account', found.account.id);
  return ctx.tx(async (ctx) => {
    // Under the row's lock, so that a ban, a reset or a deletion at the same moment either comes first and is seen, or
    // comes after and ends this session with the others.
    const locked = await lockAccount(ctx, found.account.id);
    if (locked.account.passwordHash !== stored)
      throw new Problem('invalid-credentials', {
        detail: 'The password has just been changed. Log in with the new one.',
      });
    if (locked.ban !== null) throw accountBanned(locked.ban);
    if (locked.account.emailVerifiedAt === null) {
      throw new Problem('email-not-verified', {
        detail: 'Open the link in the mail that we sent you, or ask for a new one.',
      });
    }
    if (locked.account.mfaEnabledAt !== null) await passSecondFactor(ctx, locked.account.id, totp);
    if (rehashed !== null)
      await ctx.db.update(accounts).set({ passwordHash: rehashed }).where(eq(accounts.id, locked.account.id));
    return startSession(ctx, locked);
  });
}

async function passSecondFactor(ctx: Ctx, accountId: string, totp: string | undefined): Promise<void> {
  if (totp === undefined) {
    throw new Problem('mfa-required', {
      detail: 'Send a code of your authenticator, or a recovery code, as totp beside address and password.',
    });
  }
  if (await takeSecondFactor(ctx, accountId, totp)) return;
  throw new Problem('invalid-totp', { detail: 'The code is wrong or was used already. Take the next one.' });
}

export function accountBanned(ban: Pick<BanRow, 'reason' | 'until'>): Problem {
  return new Problem('account-banned', {
    detail: ban.until === null ? 'The account is banned for good.' : `The account is banned until ${ban.until}.`,
    members: { reason: ban.reason, until: ban.until },
  });
}
