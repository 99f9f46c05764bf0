import { and, eq, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { recordEvent } from './record-event.ts';
import { announceRequest } from './request-changed.ts';
import { syncRoomJob } from './room.ts';
import { careRequests } from './tables.ts';
import { endTransfers } from './transfers/end-transfers.ts';

/** Taken by a doctor and kept: what makes a doctor the one who treated. */
export const treatedStatuses = ['accepted', 'diagnosed', 'closed'] as const;

const treated: ReadonlySet<string> = new Set(treatedStatuses);

/** What the doctor of a request may see of it: all while the patient is there, later what this doctor treated, then nothing. */
export const readableByItsDoctor = and(
  isNull(careRequests.removedAt),
  or(isNull(careRequests.lockedAt), inArray(careRequests.status, [...treatedStatuses])),
);

/**
 * A patient has deleted the account: the record is locked, its rooms are closed, and nobody need answer what nobody
 * has taken. Within the transaction
 * of the deletion; it waits for each request that changes at the same moment.
 * @returns the requests whose rooms close, or null where there is no record: the patient never asked for care.
 */
export async function lockRecord(ctx: Ctx, patientId: string): Promise<string[] | null> {
  const locked = await ctx.db
    .update(careRequests)
    .set({ lockedAt: sql`now()`, acceptedUntil: null, version: sql`${careRequests.version} + 1` })
    .where(and(eq(careRequests.patientId, patientId), isNull(careRequests.lockedAt)))
    .returning({ id: careRequests.id, roomId: careRequests.roomId, status: careRequests.status });
  await endTransfers(
    ctx,
    locked.map(({ id }) => id),
  );
  for (const { id } of locked) announceRequest(ctx, id, { queue: false });
  const rooms = locked.filter(({ roomId, status }) => roomId !== null || treated.has(status));
  for (const { id } of rooms) await ctx.jobs.send(syncRoomJob, { requestId: id });
  await cancelLocked(ctx, eq(careRequests.patientId, patientId));
  return locked.length === 0 ? null : rooms.map(({ id }) => id);
}

/** A locked request is never offered to another doctor: what is handed back ends instead. Within the caller's transaction. */
export async function cancelLocked(ctx: Ctx, which: SQL): Promise<void> {
  const rows = await ctx.db
    .update(careRequests)
    .set({ status: 'cancelled', closedAt: sql`now()`, version: sql`${careRequests.version} + 1` })
    .where(and(which, eq(careRequests.status, 'submitted'), isNotNull(careRequests.lockedAt)))
    .returning({ id: careRequests.id, patientId: careRequests.patientId });
  for (const { id, patientId } of rows) {
    announceRequest(ctx, id, { queue: true });
    await recordEvent(ctx, { requestId: id, kind: 'cancelled' });
    await audit(ctx, { action: 'request.cancelled', subjectType: 'request', subjectId: id, ownerId: patientId });
  }
}
