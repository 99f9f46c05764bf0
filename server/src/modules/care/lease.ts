import { and, asc, eq, isNotNull, lte, sql } from 'drizzle-orm';
import { job } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { leasesEnded } from './counters.ts';
import { cancelLocked } from './lock-record.ts';
import { recordEvent } from './record-event.ts';
import { handedBack } from './release-request.ts';
import { announceRequest } from './request-changed.ts';
import { syncRoomJob } from './room.ts';
import { transition } from './states.ts';
import { careRequests } from './tables.ts';

// Accepting is a lease: without a first word of the doctor it ends. What the doctor said is in the chat's database, so that the chat
// settles it (chat/settle-lease.ts), with what is here (docs/decisions/0038-the-queue-and-the-lease.md).

/** Finds out whether the doctor of a request has spoken, and ends the lease if its time is over. */
export const settleLeaseJob = job<{ requestId: string }>('chat.settle-lease', { limit: 50, delayS: 1, maxDelayS: 60 });

export type Lease = { requestId: string; patientId: string; doctorId: string; version: number; isOver: boolean };

/** Until when, by the database's clock; not before an appointment is over. For the statement that accepts. */
export function leaseEnd(ctx: Ctx) {
  return sql`greatest(now() + make_interval(mins => ${ctx.config.queue.leaseMinutes}), ${careRequests.reservedUntil})`;
}

/** Sees to it that the lease of a request that was just accepted is settled at its end. Within the caller's transaction. */
export async function watchLease(ctx: Ctx, requestId: string): Promise<void> {
  const [row] = await ctx.db
    .select({ until: careRequests.acceptedUntil })
    .from(careRequests)
    .where(eq(careRequests.id, requestId));
  if (row?.until != null) await ctx.jobs.send(settleLeaseJob, { requestId }, { startAfter: row.until });
}

/** The running lease of a request, which stays as it is until the transaction ends; null where there is none. */
export async function holdLease(ctx: Ctx, requestId: string): Promise<Lease | null> {
  const [row] = await ctx.db
    .select({
      patientId: careRequests.patientId,
      doctorId: careRequests.doctorId,
      version: careRequests.version,
      isOver: sql<boolean>`${careRequests.acceptedUntil} <= now()`,
    })
    .from(careRequests)
    .where(
      and(eq(careRequests.id, requestId), eq(careRequests.status, 'accepted'), isNotNull(careRequests.acceptedUntil)),
    )
    .for('no key update');
  return row === undefined || row.doctorId === null ? null : { ...row, requestId, doctorId: row.doctorId };
}

/** The doctor has spoken: the request stays. Within the transaction that holds the lease. */
export async function fulfilLease(ctx: Ctx, { requestId }: Lease): Promise<void> {
  await ctx.db.update(careRequests).set({ acceptedUntil: null }).where(eq(careRequests.id, requestId));
  announceRequest(ctx, requestId, { queue: false });
}

/** The doctor has not spoken in time: the request is open to its specialty again. Within the transaction that holds the lease. */
export async function endLease(ctx: Ctx, { requestId, patientId, doctorId }: Lease): Promise<void> {
  if (!(await transition(ctx, requestId, 'release', handedBack('lease-ended'), eq(careRequests.doctorId, doctorId))))
    throw new Error(`The lease of ${requestId} was held, and is gone.`);
  await recordEvent(ctx, { requestId, kind: 'lease-ended', doctorId });
  await cancelLocked(ctx, eq(careRequests.id, requestId));
  await audit(ctx, {
    action: 'request.lease-ended',
    subjectType: 'request',
    subjectId: requestId,
    ownerId: patientId,
    details: { doctorId },
  });
  await ctx.jobs.send(syncRoomJob, { requestId });
  await notify(ctx, { accountId: patientId, kind: 'request-lease-ended', requestId });
  await notify(ctx, { accountId: doctorId, kind: 'lease-ended' });
  ctx.afterCommit(() => ctx.metrics.count(leasesEnded));
}

/** Leases whose time is over, the oldest first: those whose job was lost among them. */
export async function findOverdueLeases(ctx: Ctx, limit: number): Promise<string[]> {
  const rows = await ctx.db
    .select({ id: careRequests.id })
    .from(careRequests)
    .where(lte(careRequests.acceptedUntil, sql`now()`))
    .orderBy(asc(careRequests.acceptedUntil))
    .limit(limit);
  return rows.map(({ id }) => id);
}
