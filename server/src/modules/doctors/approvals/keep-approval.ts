import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { newId } from '#platform/id.ts';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { approvalRequests } from '../tables.ts';

export type ApprovalRow = typeof approvalRequests.$inferSelect;
type Asked = Pick<ApprovalRow, 'doctorId' | 'kind' | 'specialty' | 'licenseNumber'> & { note?: string | null };

/**
 * Puts what a doctor asks for into the queue, instead of what waited: whoever decides then decides on what they read. The place in the
 * queue stays. Within the caller's transaction, which holds the account.
 */
export async function openApproval(ctx: Ctx, asked: Asked): Promise<void> {
  const [before] = await ctx.db
    .update(approvalRequests)
    .set({ state: 'replaced', decidedAt: sql`now()` })
    .where(and(eq(approvalRequests.doctorId, asked.doctorId), eq(approvalRequests.state, 'open')))
    .returning({ askedAt: approvalRequests.askedAt });
  await ctx.db.insert(approvalRequests).values({ id: newId(), ...asked, ...before });
}

/** What waits for a decision, or null. */
export async function openApprovalOf(ctx: Ctx, doctorId: string): Promise<ApprovalRow | null> {
  const [row] = await ctx.db
    .select()
    .from(approvalRequests)
    .where(and(eq(approvalRequests.doctorId, doctorId), eq(approvalRequests.state, 'open')));
  return row ?? null;
}

/** What was decided last, or null. */
export async function lastDecisionOf(ctx: Ctx, doctorId: string): Promise<ApprovalRow | null> {
  const [row] = await ctx.db
    .select()
    .from(approvalRequests)
    .where(and(eq(approvalRequests.doctorId, doctorId), inArray(approvalRequests.state, ['approved', 'rejected'])))
    .orderBy(desc(approvalRequests.decidedAt), desc(approvalRequests.id))
    .limit(1);
  return row ?? null;
}

export async function findApproval(ctx: Ctx, id: string): Promise<ApprovalRow | null> {
  const [row] = await ctx.db.select().from(approvalRequests).where(eq(approvalRequests.id, id));
  return row ?? null;
}

/**
 * Writes a decision down: on what waits, or where nothing does, on the doctor as they are. Within the caller's transaction, which
 * holds the account: of two admins one decides.
 * @throws Problem 409 `already-decided` when it is no longer what the caller read.
 */
export async function decideApproval(
  ctx: Ctx,
  decision: Pick<ApprovalRow, 'doctorId' | 'reason'> & {
    state: 'approved' | 'rejected';
    approvalId: string | undefined;
    otherwise: Pick<ApprovalRow, 'specialty' | 'licenseNumber'>;
  },
): Promise<ApprovalRow> {
  const { doctorId, approvalId, state, reason, otherwise } = decision;
  const decided = { state, reason, decidedAt: sql`now()`, decidedBy: ctx.actor?.accountId ?? null };
  const waiting = await openApprovalOf(ctx, doctorId);
  if (approvalId !== undefined && waiting?.id !== approvalId) {
    throw new Problem('already-decided', {
      detail: 'Another admin has decided, or the doctor has handed in anew. Look at the queue again.',
    });
  }
  const [row] =
    waiting === null
      ? await ctx.db
          .insert(approvalRequests)
          .values({ id: newId(), doctorId, kind: 'again', ...otherwise, ...decided })
          .returning()
      : await ctx.db.update(approvalRequests).set(decided).where(eq(approvalRequests.id, waiting.id)).returning();
  if (row === undefined) throw new Error('The decision was not stored.');
  return row;
}

/** Of a doctor who is gone that and when was decided stays, and nothing personal. */
export async function eraseApprovals(ctx: Ctx, doctorId: string): Promise<void> {
  const mine = eq(approvalRequests.doctorId, doctorId);
  await ctx.db.update(approvalRequests).set({ licenseNumber: '', note: null, reason: null }).where(mine);
  await ctx.db
    .update(approvalRequests)
    .set({ state: 'replaced', decidedAt: sql`now()` })
    .where(and(mine, eq(approvalRequests.state, 'open')));
}
