import type { reauthenticate as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { invalidField, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { lockAccount } from '../accounts/account.ts';
import { limitCode, notEnabled, takePasskey, takeSecondFactor, wrongCode } from '../factors/second-factor.ts';
import { verifyAssertion } from '../passkeys/verify-passkey.ts';
import { confirmPassword, wrongPassword } from '../passwords/change-password.ts';
import { sessions } from '../tables.ts';

/**
 * Shows again who one is, by password, code, passkey or several of them; what was given must be right.
 * @throws Problem 403 `invalid-credentials`, 409 `mfa-not-enabled` for a code of no factor, 400 for nothing.
 */
export async function reauthenticate(
  ctx: Ctx,
  { password, totp, passkey }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const { accountId, sessionId } = actorOf(ctx);
  if (password === undefined && totp === undefined && passkey === undefined)
    throw invalidField('password', 'required', 'password, totp or passkey is required.');
  const confirmed = password === undefined ? null : await confirmPassword(ctx, password);
  if (totp !== undefined) await limitCode(ctx, accountId, sessionId);
  const use = { purpose: 'reauthenticate', accountId, sessionId } as const;
  const assertion = passkey === undefined ? undefined : await verifyAssertion(ctx, passkey, use);
  await ctx.tx(async (ctx) => {
    const { account } = await lockAccount(ctx, accountId);
    if (confirmed !== null && confirmed.passwordHash !== account.passwordHash) throw wrongPassword();
    if (totp !== undefined) {
      if (account.mfaEnabledAt === null) throw notEnabled();
      if (!(await takeSecondFactor(ctx, accountId, totp))) throw wrongCode();
    }
    if (assertion !== undefined && !(await takePasskey(ctx, accountId, assertion))) throw wrongPasskey();
    await ctx.db.update(sessions).set({ authenticatedAt: sql`now()` }).where(eq(sessions.id, sessionId));
  });
}

/** A use case that an admin may only call freshly authenticated, where ADMIN_STEP_UP is on (ASVS 7.5.3). */
export function steppedUp<I, O>(run: (ctx: Ctx, input: I) => Promise<O>) {
  return async (ctx: Ctx, input: I): Promise<O> => {
    if (ctx.config.adminStepUp) await requireFreshAuthentication(ctx);
    return run(ctx, input);
  };
}

/**
 * A use case that anybody may only call freshly authenticated: what changes the second factors and has no password in its
 * body (ASVS 7.5.1). A login counts.
 */
export function fresh<I, O>(run: (ctx: Ctx, input: I) => Promise<O>) {
  return async (ctx: Ctx, input: I): Promise<O> => {
    await requireFreshAuthentication(ctx);
    return run(ctx, input);
  };
}

/** @throws Problem 401 `reauthentication-required` when this session showed no password, code or passkey for five minutes. */
export async function requireFreshAuthentication(ctx: Ctx): Promise<void> {
  const isFresh = sql`${sessions.authenticatedAt} > now() - interval '5 minutes'`;
  const [fresh] = await ctx.db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.id, actorOf(ctx).sessionId), isFresh));
  if (fresh !== undefined) return;
  throw new Problem('reauthentication-required', {
    detail: 'Call POST /auth/reauthenticate with password, code or passkey, then try again within five minutes.',
  });
}

function wrongPasskey(): Problem {
  return new Problem('invalid-credentials', { status: 403, detail: 'The passkey was not accepted.' });
}
