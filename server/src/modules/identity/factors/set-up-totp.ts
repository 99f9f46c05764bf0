import type { setUpTotp as contract, ReplyOf } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { lockActor } from '../accounts/hold-actor.ts';
import { holdSession } from '../sessions/hold-session.ts';
import { totpFactors } from '../tables.ts';
import { findTotpFactor, isOn, sealSecret } from './second-factor.ts';
import { newTotpSecret, totpForApp } from './totp.ts';

/**
 * A new secret for an authenticator, in place of an earlier one that was not confirmed. Changes nothing at login yet.
 * @throws Problem 401 `session-ended`, 409 `mfa-already-enabled`.
 */
export async function setUpTotp(ctx: Ctx): Promise<ReplyOf<typeof contract>> {
  const { accountId } = actorOf(ctx);
  return ctx.tx(async (ctx) => {
    const { account } = await lockActor(ctx);
    await holdSession(ctx);
    const before = await findTotpFactor(ctx, accountId);
    if (before !== null && isOn(before)) throw alreadyEnabled();
    const secret = newTotpSecret();
    const pending = { ...sealSecret(ctx, accountId, secret), createdAt: sql`now()`, lastUsedStep: null };
    await ctx.db
      .insert(totpFactors)
      .values({ accountId, ...pending })
      .onConflictDoUpdate({ target: totpFactors.accountId, set: pending });
    return totpForApp(secret, account.email ?? '');
  });
}

export function alreadyEnabled(): Problem {
  return new Problem('mfa-already-enabled', {
    detail: 'Turn off the authenticator that you have first, to set up another.',
  });
}
