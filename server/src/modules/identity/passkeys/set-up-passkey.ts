import { randomBytes } from 'node:crypto';
import type { setUpPasskey as contract, ReplyOf } from '@openward/contracts';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { nameOf } from '../accounts/account.ts';
import { sessionEnded } from '../sessions/refuse-session.ts';
import { accounts } from '../tables.ts';
import { descriptorOf, maxPasskeys, passkeysOf, relyingParty } from './passkey.ts';
import { challengeLifetimeMs, issueChallenge } from './passkey-challenges.ts';
import { algorithms } from './passkey-key.ts';

/**
 * The options for an authenticator to make a passkey with: one that is found without a name (discoverable) and verifies its
 * user, for this session and five minutes.
 * @throws Problem 409 `too-many-passkeys`; 401 `session-ended` where the account was deleted meanwhile.
 */
export async function setUpPasskey(ctx: Ctx): Promise<ReplyOf<typeof contract>> {
  const { accountId, sessionId } = actorOf(ctx);
  const own = await passkeysOf(ctx, accountId);
  if (own.length >= maxPasskeys) throw tooManyPasskeys();
  // Random and the account's for good: an authenticator that makes a second passkey for it replaces the first.
  const [account] = await ctx.db
    .update(accounts)
    .set({ passkeyHandle: sql`coalesce(${accounts.passkeyHandle}, ${randomBytes(32)})` })
    .where(and(eq(accounts.id, accountId), isNull(accounts.deletedAt)))
    .returning({ handle: accounts.passkeyHandle, email: accounts.email, fullName: accounts.fullName });
  if (account === undefined || account.handle === null) throw sessionEnded();
  const { id, name } = relyingParty(ctx);
  return {
    rp: { id, name },
    user: {
      id: account.handle.toString('base64url'),
      name: account.email ?? '',
      displayName: nameOf(account),
    },
    challenge: await issueChallenge(ctx, { purpose: 'register', accountId, sessionId }),
    timeout: challengeLifetimeMs,
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    excludeCredentials: own.map(descriptorOf),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
  };
}

export function tooManyPasskeys(): Problem {
  return new Problem('too-many-passkeys', { detail: `Remove one first: an account has ${maxPasskeys} at most.` });
}
