import type { login as contract, InputOf, loginByPasskey } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { type AccountRow, type BanRow, lockAccount, normalEmail } from '../accounts/account.ts';
import { appealAtLogin } from '../accounts/appeals.ts';
import { recordFailedLogin } from '../events/event-series.ts';
import { factorsOf } from '../factors/factors.ts';
import { limitCode, takePasskey, takeSecondFactor } from '../factors/second-factor.ts';
import { usePasskey } from '../passkeys/use-passkey.ts';
import { verifyAssertion } from '../passkeys/verify-passkey.ts';
import { accounts } from '../tables.ts';
import { limitPasskey, limitPassword, noteWrongPassword, rememberOnDevice } from './login-limits.ts';
import { type SessionTokens, startSession } from './start-session.ts';

type Passwordful = InputOf<typeof contract>;
type Passwordless = InputOf<typeof loginByPasskey>;

/** What somebody showed before the account's lock was taken, and what is still to be done under it. */
type Claim = {
  readonly accountId: string;
  /**
   * @returns the hash of the password as it is from now on.
   * @throws Problem 401 `invalid-credentials` when what was shown has been changed or used up meanwhile.
   */
  confirm(ctx: Ctx, account: AccountRow): Promise<string | null>;
  /** Only where the account has a second factor. @throws Problem 401 `mfa-required`, `invalid-totp`, `invalid-passkey`. */
  passSecondFactor(ctx: Ctx): Promise<void>;
};

/** What a login gives: a session, and what the device is to show at its next login. */
export type LoginTokens = SessionTokens & { deviceToken: string };

/**
 * Address and password, with a second factor where the account has one, or a passkey alone → a session with its tokens.
 * @throws Problem 401 `invalid-credentials`; with the right ones 403 `account-banned`, 403 `email-not-verified`, then
 *   401 `mfa-required`, 401 `invalid-totp` or 401 `invalid-passkey`.
 */
export async function logIn(ctx: Ctx, input: Passwordful | Passwordless): Promise<LoginTokens> {
  const claim = 'password' in input ? await claimByPassword(ctx, input) : await claimByPasskey(ctx, input);
  const { tokens, account } = await ctx.tx(async (ctx) => {
    // Under the row's lock, so that a ban, a reset or a deletion at the same moment either comes first and is seen, or
    // comes after and ends this session with the others.
    const locked = await lockAccount(ctx, claim.accountId);
    const passwordHash = await claim.confirm(ctx, locked.account);
    if (locked.ban !== null) throw accountBanned(locked.ban, await appealAtLogin(ctx, locked.account, locked.ban));
    if (locked.account.emailVerifiedAt === null) {
      throw new Problem('email-not-verified', {
        detail: 'Open the link in the mail that we sent you, or ask for a new one.',
      });
    }
    if (locked.account.mfaEnabledAt !== null) await claim.passSecondFactor(ctx);
    return { tokens: await startSession(ctx, locked), account: { ...locked.account, passwordHash } };
  });
  return { ...tokens, deviceToken: await rememberOnDevice(ctx, account) };
}

/** Limited before the hash; an unknown address takes as long as a wrong password (ASVS 6.3.8). */
async function claimByPassword(ctx: Ctx, { email, password, totp, passkey }: Passwordful): Promise<Claim> {
  const { found, device } = await limitPassword(ctx, email);
  const stored = found?.account.passwordHash ?? null;
  if (!(await ctx.passwords.verify(password, stored)) || found === null || stored === null) {
    if (device === null) await noteWrongPassword(ctx, email);
    await recordFailedLogin(ctx, { kind: 'login-failed', accountId: found?.account.id ?? null }, normalEmail(email));
    throw new Problem('invalid-credentials', { detail: 'Address or password are wrong.' });
  }
  const { id: accountId } = found.account;
  const rehashed = ctx.passwords.needsRehash(stored) ? await ctx.passwords.hash(password) : null;
  if (totp !== undefined) await limitCode(ctx, accountId, device?.id ?? null);
  const assertion = passkey === undefined ? undefined : await verifyAssertion(ctx, passkey, { purpose: 'login' });
  return {
    accountId,
    confirm: async (ctx, { passwordHash }) => {
      // Another login at this moment may have hashed the same password anew, as this one has.
      const isRehashed = passwordHash !== stored && rehashed !== null && passwordHash !== null;
      if (isRehashed && (await ctx.passwords.verify(password, passwordHash))) return passwordHash;
      if (passwordHash !== stored)
        throw new Problem('invalid-credentials', {
          detail: 'The password has just been changed. Log in with the new one.',
        });
      if (rehashed !== null)
        await ctx.db.update(accounts).set({ passwordHash: rehashed }).where(eq(accounts.id, accountId));
      return rehashed ?? stored;
    },
    passSecondFactor: async (ctx) => {
      if (totp === undefined && assertion === undefined) throw mfaRequired(await factorsOf(ctx, accountId));
      if (totp !== undefined && !(await takeSecondFactor(ctx, accountId, totp)))
        throw new Problem('invalid-totp', { detail: 'The code is wrong or was used already. Take the next one.' });
      if (assertion !== undefined && !(await takePasskey(ctx, accountId, assertion)))
        throw new Problem('invalid-passkey', { detail: 'The passkey was not accepted. Ask for new options.' });
    },
  };
}

/** A passkey that verified its user is two factors at once, and cannot be phished (NIST SP 800-63B-4, 3.1.7 and 3.2.5). */
async function claimByPasskey(ctx: Ctx, { passkey }: Passwordless): Promise<Claim> {
  const assertion = await verifyAssertion(ctx, passkey, { purpose: 'login' });
  await limitPasskey(ctx, assertion?.passkey.accountId ?? null);
  if (assertion === null) {
    await recordFailedLogin(ctx, { kind: 'login-failed', accountId: null });
    throw passkeyRefused();
  }
  return {
    accountId: assertion.passkey.accountId,
    confirm: async (ctx, { passwordHash }) => {
      if (!(await usePasskey(ctx, assertion))) throw passkeyRefused();
      return passwordHash;
    },
    passSecondFactor: async () => {},
  };
}

function passkeyRefused(): Problem {
  return new Problem('invalid-credentials', {
    detail: 'The passkey was not accepted. Ask for new options, or log in with address and password.',
  });
}

function mfaRequired(factors: Awaited<ReturnType<typeof factorsOf>>): Problem {
  return new Problem('mfa-required', {
    detail:
      'Send a code of your authenticator or a recovery code as totp, or a passkey as passkey, beside address and password; a passkey alone will do as well, at POST /auth/login/passkey.',
    members: { factors },
  });
}

/** @param more what is for somebody alone who has just shown that it is they. */
export function accountBanned(ban: Pick<BanRow, 'reason' | 'until'>, more: Record<string, unknown> = {}): Problem {
  return new Problem('account-banned', {
    detail: ban.until === null ? 'The account is banned for good.' : `The account is banned until ${ban.until}.`,
    members: { reason: ban.reason, until: ban.until, ...more },
  });
}
