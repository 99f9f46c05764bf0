import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { cancelLocked } from './lock-record.ts';
import { recordEvent } from './record-event.ts';
import { handedBack } from './release-request.ts';
import { announceRequest } from './request-changed.ts';
import { syncRoomJob } from './room.ts';
import { careRequests } from './tables.ts';
import { endTransfersWith } from './transfers/end-transfers.ts';

/**
 * A doctor is no longer there (banned, deleted, approval withdrawn): what the doctor had accepted goes back, what waits for
 * the doctor alone opens, each to its specialty, with a notice to the patient. Within the caller's transaction.
 * @returns the requests whose rooms close.
 */
export async function takeRequestsBack(ctx: Ctx, doctorId: string): Promise<string[]> {
  await endTransfersWith(ctx, doctorId);
  const rows = await ctx.db
    .update(careRequests)
    .set({ ...handedBack('taken-back'), status: 'submitted', version: sql`${careRequests.version} + 1` })
    .where(
      and(
        eq(careRequests.doctorId, doctorId),
        inArray(careRequests.status, ['accepted', 'submitted']),
        isNull(careRequests.removedAt),
      ),
    )
    .returning({ id: careRequests.id, patientId: careRequests.patientId, roomId: careRequests.roomId });
  for (const { id, patientId } of rows) {
    announceRequest(ctx, id, { queue: true });
    await recordEvent(ctx, { requestId: id, kind: 'taken-back', doctorId });
    await audit(ctx, {
      action: 'request.taken-back',
      subjectType: 'request',
      subjectId: id,
      ownerId: patientId,
      details: { doctorId },
    });
    await ctx.jobs.send(syncRoomJob, { requestId: id });
    await notify(ctx, { accountId: patientId, kind: 'request-handed-back', requestId: id });
  }
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0) await cancelLocked(ctx, inArray(careRequests.id, ids));
  return rows.filter(({ roomId }) => roomId !== null).map(({ id }) => id);
}
