import type { CareRequest, Urgency } from '@openward/contracts';
import { and, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { leaseEnd, watchLease } from './lease.ts';
import { recordEvent } from './record-event.ts';
import { announceRequest } from './request-changed.ts';
import { unreserved } from './reservation.ts';
import { syncRoomJob } from './room.ts';
import { transition } from './states.ts';
import { storeRequest } from './submit-request.ts';
import { careRequests } from './tables.ts';

type Times = { appointmentAt: string; reservedUntil: string };

// What appointments do to the requests that they are for. All of it within the caller's transaction.

/** A request that waits for an appointment, sent to that doctor and kept for them. @throws Problem as `submitRequest`. */
export async function submitReserved(
  ctx: Ctx,
  { appointmentAt, reservedUntil, ...request }: Times & { doctorId: string; complaint: string; urgency: Urgency },
): Promise<CareRequest> {
  return storeRequest(ctx, request, { appointmentAt, reservedUntil });
}

/** The appointment is at another time. */
export async function moveReservation(ctx: Ctx, requestId: string, times: Times): Promise<void> {
  const lease = sql`CASE WHEN ${careRequests.acceptedUntil} IS NOT NULL THEN greatest(${careRequests.acceptedUntil}, ${times.reservedUntil}::timestamptz) END`;
  await ctx.db
    .update(careRequests)
    .set({ ...times, acceptedUntil: lease })
    // Without it, the request was handed on: it is others' now.
    .where(and(eq(careRequests.id, requestId), isNotNull(careRequests.appointmentAt)));
  announceRequest(ctx, requestId, { queue: false });
}

/**
 * The appointment is near: the request is accepted for its doctor, and its room opens. One that the doctor has accepted already,
 * or that has ended, stays as it is.
 */
export async function acceptReserved(ctx: Ctx, requestId: string): Promise<void> {
  const [row] = await ctx.db.select().from(careRequests).where(eq(careRequests.id, requestId));
  if (row === undefined || row.doctorId === null) return;
  const still = and(
    eq(careRequests.doctorId, row.doctorId),
    isNull(careRequests.lockedAt),
    gt(careRequests.reservedUntil, sql`now()`),
  );
  const changes = { acceptedAt: sql`now()`, acceptedUntil: leaseEnd(ctx) };
  if (!(await transition(ctx, requestId, 'accept', changes, still))) return;
  await recordEvent(ctx, { requestId, kind: 'accepted', doctorId: row.doctorId });
  await audit(ctx, {
    action: 'request.accepted',
    subjectType: 'request',
    subjectId: requestId,
    ownerId: row.patientId,
    details: { doctorId: row.doctorId, forAppointment: true },
  });
  await ctx.jobs.send(syncRoomJob, { requestId });
  await watchLease(ctx, requestId);
  await notify(ctx, { accountId: row.patientId, kind: 'request-accepted', requestId });
}

/**
 * There will be no appointment: a request that waits for it, or was only just accepted for it, ends, and its room closes. What was
 * diagnosed goes on without.
 */
export async function endReserved(ctx: Ctx, requestId: string): Promise<void> {
  const [row] = await ctx.db.select().from(careRequests).where(eq(careRequests.id, requestId)).for('no key update');
  // Without it, the request was handed on: it is others' now.
  if (row === undefined || row.appointmentAt === null) return;
  // Nobody else may take it in between: it is submitted to the same doctor for no longer than this transaction.
  if (row.status === 'accepted') await transition(ctx, requestId, 'release', { acceptedAt: null, acceptedUntil: null });
  if (!(await transition(ctx, requestId, 'cancel', { closedAt: sql`now()`, ...unreserved })))
    return dropReservation(ctx, requestId);
  await recordEvent(ctx, { requestId, kind: 'cancelled' });
  await audit(ctx, {
    action: 'request.cancelled',
    subjectType: 'request',
    subjectId: requestId,
    ownerId: row.patientId,
    details: { forAppointment: true },
  });
  if (row.status === 'accepted') await ctx.jobs.send(syncRoomJob, { requestId });
}

/** There will be no appointments for these. What else becomes of the requests is the caller's. */
export async function dropReservations(ctx: Ctx, requestIds: readonly string[]): Promise<void> {
  for (const id of requestIds.toSorted()) await dropReservation(ctx, id);
}

async function dropReservation(ctx: Ctx, requestId: string): Promise<void> {
  await ctx.db.update(careRequests).set(unreserved).where(eq(careRequests.id, requestId));
  announceRequest(ctx, requestId, { queue: false });
}
