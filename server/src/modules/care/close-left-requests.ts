import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { syncRoomJob } from './room.ts';
import { careRequests } from './tables.ts';
import { endTransfers } from './transfers/end-transfers.ts';

/**
 * A doctor is gone for good: what they had diagnosed and not closed ends, with a notice, instead of staying with nobody. What
 * was written stays readable to the patient. Within the caller's transaction.
 * @returns the requests whose rooms close.
 */
export async function closeLeftRequests(ctx: Ctx, doctorId: string): Promise<string[]> {
  const rows = await ctx.db
    .update(careRequests)
    .set({ status: 'closed', closedAt: sql`now()`, version: sql`${careRequests.version} + 1` })
    .where(
      and(eq(careRequests.doctorId, doctorId), eq(careRequests.status, 'diagnosed'), isNull(careRequests.removedAt)),
    )
    .returning({ id: careRequests.id, patientId: careRequests.patientId });
  const ids = rows.map(({ id }) => id);
  await endTransfers(ctx, ids);
  for (const { id, patientId } of rows) {
    await audit(ctx, { action: 'request.closed', subjectType: 'request', subjectId: id, ownerId: patientId });
    await ctx.jobs.send(syncRoomJob, { requestId: id });
    await notify(ctx, { accountId: patientId, kind: 'doctor-left', requestId: id });
  }
  return ids;
}
