import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { careRedFlags, careRequestEvents, careRequests, careTransfers, diagnoses, summaryChecks } from './tables.ts';

/**
 * Removes the health text of a locked record for good: complaints, diagnoses, reasons, red flags. What stays of each request is that and
 * when it was, so that numbers and the doctor's ratings hold; nobody can open it any more. Within the caller's transaction;
 * doing it again finds nothing.
 * @returns how much was removed.
 */
export async function removeCareRecord(ctx: Ctx, patientId: string): Promise<{ requests: number; diagnoses: number }> {
  const emptied = await ctx.db
    .update(careRequests)
    .set({ complaint: '', removedAt: sql`now()`, version: sql`${careRequests.version} + 1` })
    .where(and(eq(careRequests.patientId, patientId), isNull(careRequests.removedAt)))
    .returning({ id: careRequests.id });
  const ofPatient = ctx.db
    .select({ id: careRequests.id })
    .from(careRequests)
    .where(eq(careRequests.patientId, patientId));
  await ctx.db.update(careRequestEvents).set({ reason: null }).where(inArray(careRequestEvents.requestId, ofPatient));
  await ctx.db.update(careTransfers).set({ note: null }).where(inArray(careTransfers.requestId, ofPatient));
  await ctx.db.delete(careRedFlags).where(inArray(careRedFlags.requestId, ofPatient));
  await ctx.db.delete(summaryChecks).where(inArray(summaryChecks.requestId, ofPatient));
  // The corrections go with what they correct.
  const removed = await ctx.db
    .delete(diagnoses)
    .where(inArray(diagnoses.requestId, ofPatient))
    .returning({ id: diagnoses.id });
  return { requests: emptied.length, diagnoses: removed.length };
}
