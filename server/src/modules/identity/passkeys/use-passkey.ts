import { and, eq, lt, or, sql } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { noticeMail } from '../mails/notices.ts';
import { passkeys } from '../tables.ts';
import type { GoodAssertion } from './verify-passkey.ts';

/**
 * Uses a passkey whose signature was good: in one statement its counter grows, if it has one. Within the caller's
 * transaction, under the account's lock.
 * @returns false where it is gone, or where the counter did not grow: then there are two of it (WebAuthn Level 3, 6.1.1), which
 *   is written down and mailed, and the owner has to remove it.
 */
export async function usePasskey(ctx: Ctx, { passkey, signCount, backedUp }: GoodAssertion): Promise<boolean> {
  const grows = lt(passkeys.signCount, signCount);
  const countsNot = signCount === 0 ? eq(passkeys.signCount, 0) : undefined;
  const used = await ctx.db
    .update(passkeys)
    .set({ signCount, backedUp, lastUsedAt: sql`now()` })
    .where(and(eq(passkeys.id, passkey.id), or(grows, countsNot)))
    .returning({ id: passkeys.id });
  if (used.length > 0) return true;
  const [left] = await ctx.db.select({ id: passkeys.id }).from(passkeys).where(eq(passkeys.id, passkey.id));
  if (left !== undefined) await ctx.afterTx((ctx) => warnOfCopy(ctx, { passkey, signCount, backedUp }));
  return false;
}

async function warnOfCopy(ctx: Ctx, { passkey, signCount }: GoodAssertion): Promise<void> {
  const { id: passkeyId, accountId } = passkey;
  await recordSecurityEvent(ctx, { kind: 'passkey-cloned', accountId, details: { passkeyId, signCount } });
  if (await ctx.limits.allows('mail.recipient', `passkey-cloned:${accountId}`))
    await sendMail(ctx, noticeMail, { accountId, notice: 'passkey-cloned' });
}
