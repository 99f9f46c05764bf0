import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { seal, unseal } from '#platform/crypto/seal.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { recordFailedLogin } from '../events/event-series.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { recoveryCodeMail } from '../mails/recovery-code-used.ts';
import { usePasskey } from '../passkeys/use-passkey.ts';
import type { GoodAssertion } from '../passkeys/verify-passkey.ts';
import { totpFactors } from '../tables.ts';
import { rootOf } from './factor-root.ts';
import { takeRecoveryCode } from './recovery-codes.ts';
import { stepOfCode } from './totp.ts';

export type TotpFactor = typeof totpFactors.$inferSelect;

/**
 * Uses up a code of an account's second factor: one of the authenticator, once for each time step, or a recovery code, once.
 * Within the caller's transaction, under the account's lock; the caller has taken a point for it ({@link limitCode}).
 * @returns false for a wrong or used one, and writes that down.
 */
export async function takeSecondFactor(ctx: Ctx, accountId: string, code: string): Promise<boolean> {
  return writeDownFailure(
    ctx,
    accountId,
    await (looksLikeTotp(code) ? takeOwnTotp : takeRecovery)(ctx, accountId, code),
  );
}

/**
 * Takes a point for a try with a code, before it is checked.
 * @param known a device or session that the account knows, which has points of its own; null: a stranger.
 * @throws Problem 429 `rate-limited`.
 */
export async function limitCode(ctx: Ctx, accountId: string, known: string | null): Promise<void> {
  if (known === null) await ctx.limits.take('totp.account', accountId);
  else await ctx.limits.take('totp.known', `${accountId} ${known}`);
}

/**
 * Uses a passkey as an account's second factor. Within the caller's transaction, under the account's lock.
 * @param assertion null: what was sent was not good.
 * @returns false for one that is not good or somebody else's, and writes that down.
 */
export async function takePasskey(ctx: Ctx, accountId: string, assertion: GoodAssertion | null): Promise<boolean> {
  const isOwn = assertion !== null && assertion.passkey.accountId === accountId;
  return writeDownFailure(ctx, accountId, isOwn && (await usePasskey(ctx, assertion)));
}

async function writeDownFailure(ctx: Ctx, accountId: string, good: boolean): Promise<boolean> {
  if (!good) await ctx.afterTx((ctx) => recordFailedLogin(ctx, { kind: 'second-factor-failed', accountId }));
  return good;
}

async function takeOwnTotp(ctx: Ctx, accountId: string, code: string): Promise<boolean> {
  const factor = await findTotpFactor(ctx, accountId);
  return factor !== null && isOn(factor) && takeTotp(ctx, factor, code);
}

/** Its first code was used; before that it is pending. */
export function isOn({ lastUsedStep }: TotpFactor): boolean {
  return lastUsedStep !== null;
}

/**
 * Uses the code's time step up, in one statement that compares and sets: of a hundred at once one wins, and no step before
 * a used one is good any more.
 */
export async function takeTotp(ctx: Ctx, factor: TotpFactor, code: string): Promise<boolean> {
  const step = stepOfCode(openSecret(ctx, factor), code.replace(/\s/g, ''), ctx.clock.now());
  if (step === null) return false;
  const unused = or(isNull(totpFactors.lastUsedStep), lt(totpFactors.lastUsedStep, step));
  const taken = await ctx.db
    .update(totpFactors)
    .set({ lastUsedStep: step })
    .where(and(eq(totpFactors.accountId, factor.accountId), unused))
    .returning({ step: totpFactors.lastUsedStep });
  return taken.length > 0;
}

async function takeRecovery(ctx: Ctx, accountId: string, code: string): Promise<boolean> {
  const left = await takeRecoveryCode(ctx, accountId, code);
  if (left === null) return false;
  await recordSecurityEvent(ctx, { kind: 'recovery-code-used', accountId, details: { left } });
  await sendMail(ctx, recoveryCodeMail, { accountId, left });
  return true;
}

/** Six digits, as authenticators show them; no recovery code looks so. */
function looksLikeTotp(code: string): boolean {
  return /^\d{6}$/.test(code.replace(/\s/g, ''));
}

/** The factor of an account, pending or on. */
export async function findTotpFactor(ctx: Ctx, accountId: string): Promise<TotpFactor | null> {
  const [factor] = await ctx.db.select().from(totpFactors).where(eq(totpFactors.accountId, accountId));
  return factor ?? null;
}

export function sealSecret(ctx: Ctx, accountId: string, secret: Buffer): { sealedSecret: Buffer; keyId: string } {
  const root = ctx.keys.pepper.current;
  return { sealedSecret: seal(root, placeOf(accountId), secret), keyId: root.kid };
}

function openSecret(ctx: Ctx, { accountId, keyId, sealedSecret }: TotpFactor): Buffer {
  return unseal(rootOf(ctx, keyId), placeOf(accountId), sealedSecret);
}

function placeOf(accountId: string) {
  return { purpose: 'openward totp secrets', place: accountId };
}

/** For somebody who is logged in; at login it is a 401 of its own. */
export function wrongCode(): Problem {
  return new Problem('invalid-credentials', { status: 403, detail: 'The code is wrong or was used already.' });
}

export function notEnabled(): Problem {
  return new Problem('mfa-not-enabled', { detail: 'The account has no second factor.' });
}
