import { and, eq, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { job } from '#platform/jobs/jobs.ts';
import { notFound, Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { attachmentLimits } from '#server/limits.ts';
import { audit } from '#server/modules/audit/index.ts';
import { approvalDocuments } from '../tables.ts';
import { lastDecisionOf } from './keep-approval.ts';
import { documentKey } from './upload-document.ts';
import { isNewSince, isThere } from './view-approval.ts';

export const eraseDocumentsJob = job<Record<string, never>>('doctors.erase-documents');

/**
 * Takes a document back. What was decided on stays: a decision must be seen to have had its reasons. Within the caller's transaction,
 * which holds the account: a decision is made before or after. @throws Problem 404, 409.
 */
export async function removeDocument(ctx: Ctx, doctorId: string, id: string): Promise<void> {
  const theirs = and(eq(approvalDocuments.id, id), eq(approvalDocuments.doctorId, doctorId), isThere);
  const [row] = await ctx.db.select().from(approvalDocuments).where(theirs).for('update');
  if (row === undefined) throw notFound();
  if (!isNewSince(row, await lastDecisionOf(ctx, doctorId))) {
    throw new Problem('invalid-transition', {
      detail: 'An admin has decided on this document: it stays. Add another one instead.',
    });
  }
  await ctx.db.update(approvalDocuments).set({ removedAt: sql`now()` }).where(eq(approvalDocuments.id, id));
  await audit(ctx, { action: 'approval.document-removed', subjectType: 'approval', subjectId: id });
  await ctx.jobs.send(eraseDocumentsJob, {});
}

/** All of a doctor who is gone. Within the transaction that erases the account. */
export async function removeDocumentsOf(ctx: Ctx, doctorId: string): Promise<void> {
  const removed = await ctx.db
    .update(approvalDocuments)
    .set({ removedAt: sql`coalesce(${approvalDocuments.removedAt}, now())`, name: '' })
    .where(eq(approvalDocuments.doctorId, doctorId))
    .returning({ id: approvalDocuments.id });
  if (removed.length > 0) await ctx.jobs.send(eraseDocumentsJob, {});
}

const batch = 1000;

/**
 * Bytes first, then the row that knows of them: what is interrupted is found again. Of an upload that has not ended the row stays until
 * no bytes can come any more, whatever became of the account.
 */
export async function eraseDocuments(ctx: Ctx): Promise<void> {
  const removed = and(isNotNull(approvalDocuments.storedAt), isNotNull(approvalDocuments.removedAt));
  const broken = and(
    isNull(approvalDocuments.storedAt),
    sql`${approvalDocuments.createdAt} < now() - make_interval(mins => ${attachmentLimits.uploadMinutes})`,
  );
  const rows = await ctx.db
    .select({ id: approvalDocuments.id, doctorId: approvalDocuments.doctorId })
    .from(approvalDocuments)
    .where(or(removed, broken))
    .limit(batch);
  for (const row of rows) {
    await ctx.files.delete(documentKey(row));
    await ctx.db.delete(approvalDocuments).where(eq(approvalDocuments.id, row.id));
  }
}
