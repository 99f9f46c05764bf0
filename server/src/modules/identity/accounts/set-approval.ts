import { eq, sql } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import {
  type ApprovalRow,
  approveDoctorAs,
  decideApproval,
  findDoctor,
  openApprovalOf,
} from '#server/modules/doctors/index.ts';
import { approvalMail } from '../mails/approval-decided.ts';
import { announceChange } from '../sessions/end-sessions.ts';
import { accounts } from '../tables.ts';
import { type AccountWithBan, findAccount, lockAccount } from './account.ts';
import { syncListing } from './sync-listing.ts';

type ApprovalDecision = { approved: boolean; reason: string | null; approvalId?: string | undefined };

/**
 * Approves a doctor as what they ask for, refuses that, or withdraws the approval. Acts at once; sessions go on. Approving again who
 * is approved, with nothing that waits, changes nothing and mails nobody. With `approvalId` it is that request alone which is decided:
 * to refuse a change leaves the approval as it was. Within the caller's transaction.
 * @returns the account, and whether it has lost its approval.
 * @throws Problem 404 for anyone but a living doctor, 409 `already-decided`.
 */
export async function setApproval(
  ctx: Ctx,
  accountId: string,
  { approved, reason, approvalId }: ApprovalDecision,
): Promise<{ found: AccountWithBan; withdrawn: boolean }> {
  const before = await lockAccount(ctx, accountId);
  const doctor = await findDoctor(ctx, accountId);
  if (doctor === null || before.account.deletedAt !== null) throw notFound();
  const wasApproved = before.account.approvedAt !== null;
  if (approved && wasApproved && approvalId === undefined && (await openApprovalOf(ctx, accountId)) === null)
    return { found: before, withdrawn: false };
  const { specialty, licenseNumber } = doctor;
  const decided = await decideApproval(ctx, {
    ...{ doctorId: accountId, approvalId, reason },
    state: approved ? 'approved' : 'rejected',
    otherwise: { specialty, licenseNumber },
  });
  const isApproved = approved || (approvalId !== undefined && decided.kind === 'change' && wasApproved);
  if (approved) await approveDoctorAs(ctx, doctor, decided);
  if (isApproved !== wasApproved) {
    await ctx.db
      .update(accounts)
      .set({ approvedAt: isApproved ? sql`now()` : null })
      .where(eq(accounts.id, accountId));
    await syncListing(ctx, accountId);
    await announceChange(ctx, accountId);
  }
  if (!approved || !wasApproved || isNews(decided, doctor))
    await sendMail(ctx, approvalMail, { approvalId: decided.id });
  await audit(ctx, {
    action: approved ? 'doctor.approved' : 'doctor.rejected',
    subjectType: 'account',
    subjectId: accountId,
    details: { reason, approvalId: decided.id, kind: decided.kind },
  });
  return { found: (await findAccount(ctx, accountId)) ?? before, withdrawn: wasApproved && !isApproved };
}

/** Of a doctor who was approved before: whether it is as something else now. */
function isNews(decided: ApprovalRow, was: { specialty: string; licenseNumber: string }): boolean {
  return decided.specialty !== was.specialty || decided.licenseNumber !== was.licenseNumber;
}
