import { eq, sql } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { noticeMail } from '../mails/notices.ts';
import { announceChange } from '../sessions/end-sessions.ts';
import { accounts } from '../tables.ts';
import { type AccountWithBan, findAccount, lockAccount } from './account.ts';
import { syncListing } from './sync-listing.ts';

/**
 * Approves a doctor, refuses, or withdraws. Acts at once; sessions go on. Doing again
 * what is done changes nothing and mails nobody. Within the caller's transaction.
 * @throws Problem 404 for anyone but a living doctor.
 */
export async function setApproval(
  ctx: Ctx,
  accountId: string,
  approved: boolean,
  reason: string | null,
): Promise<AccountWithBan> {
  const before = await lockAccount(ctx, accountId);
  if (before.account.role !== 'doctor' || before.account.deletedAt !== null) throw notFound();
  const changes = approved !== (before.account.approvedAt !== null);
  if (changes) {
    await ctx.db
      .update(accounts)
      .set({ approvedAt: approved ? sql`now()` : null })
      .where(eq(accounts.id, accountId));
    await syncListing(ctx, accountId);
    await announceChange(ctx, accountId);
  }
  if (changes || !approved) {
    await sendMail(ctx, noticeMail, { accountId, notice: approved ? 'doctor-approved' : 'doctor-rejected' });
  }
  await audit(ctx, {
    action: approved ? 'doctor.approved' : 'doctor.rejected',
    subjectType: 'account',
    subjectId: accountId,
    details: { reason },
  });
  return (await findAccount(ctx, accountId)) ?? before;
}
