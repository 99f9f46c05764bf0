import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { Bus } from '#platform/bus/bus.ts';
import type { Ctx } from '#server/context.ts';
import {
  endLease,
  findOverdueLeases,
  fulfilLease,
  holdLease,
  type Lease,
  settleLeaseJob,
} from '#server/modules/care/index.ts';
import { syncRoom } from './sync-room.ts';
import { messages, roomMembers, rooms } from './tables.ts';

const batchSize = 100;

/**
 * Settles the lease of an accepted request: fulfilled if the doctor has written since, ended if the time is over. The request is held in
 * the main database meanwhile, so that a diagnosis, a release, a ban come wholly before or after; and what decides against a first message is the room's row:
 * the message is written before it is closed here, and counts, or finds it closed. However often this runs, and wherever it breaks off.
 */
export async function settleLease(ctx: Ctx, { requestId }: { requestId: string }): Promise<void> {
  const outcome = await ctx.tx(async (ctx) => {
    const lease = await holdLease(ctx, requestId);
    if (lease === null) return 'none';
    if (await hasSpoken(ctx, lease)) {
      await fulfilLease(ctx, lease);
      return 'fulfilled';
    }
    if (!lease.isOver) return 'running';
    await endLease(ctx, lease);
    return 'ended';
  });
  // None: of an earlier try, which broke off, the room may be closed although the request went on.
  if (outcome === 'ended' || outcome === 'none') await syncRoom(ctx, { requestId });
}

/** Settles what is overdue: a job may be lost, a clock may not. @throws AggregateError when some could not be settled. */
export async function settleOverdueLeases(ctx: Ctx): Promise<void> {
  const failures: unknown[] = [];
  for (const requestId of await findOverdueLeases(ctx, batchSize)) {
    await settleLease(ctx, { requestId }).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} leases could not be settled`);
}

/** Whether the doctor has written since the accept. If not, and the time is over, nothing is written from here on. */
async function hasSpoken(ctx: Ctx, lease: Lease): Promise<boolean> {
  const { requestId, doctorId, version, isOver } = lease;
  return ctx.chatTx(async (ctx) => {
    await ctx.chatDb
      .select({ roomId: rooms.roomId })
      .from(rooms)
      .where(eq(rooms.roomId, requestId))
      .for('no key update');
    const [word] = await ctx.chatDb
      .select({ seq: messages.seq })
      .from(messages)
      .innerJoin(roomMembers, eq(roomMembers.roomId, messages.roomId))
      .where(
        and(
          eq(messages.roomId, requestId),
          eq(messages.senderId, doctorId),
          eq(roomMembers.roomId, requestId),
          eq(roomMembers.accountId, doctorId),
          isNull(roomMembers.leftAt),
          gt(messages.seq, roomMembers.joinedSeq),
        ),
      )
      .limit(1);
    if (word !== undefined || !isOver) return word !== undefined;
    // With the version of the accept, so that a job which is late opens it for nobody; what becomes of the request has a higher one.
    await ctx.chatDb
      .insert(rooms)
      .values({ roomId: requestId, status: 'closed', requestVersion: version })
      .onConflictDoUpdate({
        target: rooms.roomId,
        set: { status: 'closed', requestVersion: sql`greatest(${rooms.requestVersion}, excluded.request_version)` },
      });
    return false;
  });
}

/** Rooms, each in one version, of which this node has said that their doctor wrote. */
const told = new WeakMap<Bus, Set<string>>();
const maxTold = 10_000;

/** A doctor has written: the main database hears of it by a job, once for each time that the request was taken. */
export function tellDoctorsWord(ctx: Ctx, { roomId, version }: { roomId: string; version: number }): void {
  const known = told.get(ctx.bus) ?? new Set();
  told.set(ctx.bus, known);
  const key = `${roomId} ${version}`;
  if (known.has(key)) return;
  const [oldest] = known;
  if (known.size >= maxTold && oldest !== undefined) known.delete(oldest);
  known.add(key);
  ctx.jobs.send(settleLeaseJob, { requestId: roomId }).catch((error: unknown) => {
    // The end of the lease asks the chat in any case.
    known.delete(key);
    ctx.log.debug({ roomId, err: error }, 'the first word of a doctor could not be told');
  });
}
