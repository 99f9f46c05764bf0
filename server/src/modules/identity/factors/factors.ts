import { and, eq, isNotNull, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import type { AccountRow } from '../accounts/account.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { noticeMail } from '../mails/notices.ts';
import { announceChange } from '../sessions/end-sessions.ts';
import { accounts, passkeys, recoveryCodes, totpFactors } from '../tables.ts';
import { replaceRecoveryCodes } from './recovery-codes.ts';

export type Factor = 'totp' | 'passkey';

/** The second factors that are on for an account, whatever their number. */
export async function factorsOf(ctx: Ctx, accountId: string): Promise<Factor[]> {
  const totp = ctx.db
    .select({ kind: sql<Factor>`'totp'` })
    .from(totpFactors)
    .where(and(eq(totpFactors.accountId, accountId), totpIsOn));
  const passkey = ctx.db
    .selectDistinct({ kind: sql<Factor>`'passkey'` })
    .from(passkeys)
    .where(eq(passkeys.accountId, accountId));
  return (await unionAll(totp, passkey)).map(({ kind }) => kind);
}

/** A TOTP that was set up is on from its first code, which uses up a step; until then it is pending. */
export const totpIsOn = isNotNull(totpFactors.lastUsedStep);

/**
 * After a factor was added: with the first, logging in takes one from now on. Within the caller's transaction, under the
 * account's lock.
 * @returns the recovery codes that come with the first, not to be shown again; none where there are some already.
 */
export async function beginFactors(
  ctx: Ctx,
  { id: accountId, mfaEnabledAt }: Pick<AccountRow, 'id' | 'mfaEnabledAt'>,
): Promise<string[]> {
  if (mfaEnabledAt !== null) return [];
  await ctx.db.update(accounts).set({ mfaEnabledAt: sql`now()` }).where(eq(accounts.id, accountId));
  await audit(ctx, { action: 'account.mfa-enabled', subjectType: 'account', subjectId: accountId });
  await recordSecurityEvent(ctx, { kind: 'mfa-enabled', accountId });
  // Where the role needs a factor, what was closed is open from now on.
  await announceChange(ctx, accountId);
  return replaceRecoveryCodes(ctx, accountId);
}

/**
 * After a factor was removed: with the last, the password alone is enough from now on, and the owner is told so. Within the
 * caller's transaction, under the account's lock.
 */
export async function endFactorsIfNone(ctx: Ctx, accountId: string): Promise<boolean> {
  if ((await factorsOf(ctx, accountId)).length > 0) return false;
  await forgetFactors(ctx, accountId);
  await audit(ctx, { action: 'account.mfa-disabled', subjectType: 'account', subjectId: accountId });
  await recordSecurityEvent(ctx, { kind: 'mfa-disabled', accountId });
  await sendMail(ctx, noticeMail, { accountId, notice: 'mfa-disabled' });
  // Where the role needs a factor, calls and open sockets are looked at again.
  await announceChange(ctx, accountId);
  return true;
}

/** Turns every factor of an account off and forgets them with the recovery codes. Within the caller's transaction. */
export async function forgetFactors(ctx: Ctx, accountId: string): Promise<void> {
  await ctx.db.delete(totpFactors).where(eq(totpFactors.accountId, accountId));
  await ctx.db.delete(passkeys).where(eq(passkeys.accountId, accountId));
  await ctx.db.delete(recoveryCodes).where(eq(recoveryCodes.accountId, accountId));
  await ctx.db.update(accounts).set({ mfaEnabledAt: null }).where(eq(accounts.id, accountId));
}
