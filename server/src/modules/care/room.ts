import { and, asc, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm';
import { job, untilKept } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { announceRequest } from './request-changed.ts';
import { careRequests } from './tables.ts';

/**
 * Brings a request's room in line with the request. Sent with each change that a room has to follow; a chat database may be away for days, and
 * then somebody who has left would be in the room for good.
 */
export const syncRoomJob = job<{ requestId: string }>('chat.sync-room', untilKept({ delayS: 1, maxDelayS: 60 }));

export type RoomState = {
  /** Grows with each change of the request: of two states the higher one is the newer. */
  version: number;
  /** False until somebody took the request for the first time. */
  exists: boolean;
  /** Not once the record is locked, whatever became of the request: what was said in it is part of it. */
  open: boolean;
  patientId: string;
  /** Who is in the room beside the patient: null after a release. */
  doctorId: string | null;
};

/** What the room of a request should be at this moment, or null for an unknown request. */
export async function roomStateOf(ctx: Ctx, requestId: string): Promise<RoomState | null> {
  const [row] = await ctx.db.select().from(careRequests).where(eq(careRequests.id, requestId));
  if (row === undefined) return null;
  const taken = row.status === 'accepted' || row.status === 'diagnosed' || row.status === 'closed';
  return {
    version: row.version,
    exists: taken || row.roomId !== null,
    open: (row.status === 'accepted' || row.status === 'diagnosed') && row.lockedAt === null,
    patientId: row.patientId,
    doctorId: taken ? row.doctorId : null,
  };
}

/**
 * Somebody may no longer hear what is said in rooms, though the requests go on: a newer version of a room makes every node look, before it
 * shows anything more, who may hear it. Within the caller's transaction. @returns the requests whose rooms have to follow.
 */
export async function raiseRoomsOf(ctx: Ctx, accountId: string): Promise<string[]> {
  const raised = await ctx.db
    .update(careRequests)
    .set({ version: sql`${careRequests.version} + 1` })
    .where(
      and(
        or(eq(careRequests.patientId, accountId), eq(careRequests.doctorId, accountId)),
        inArray(careRequests.status, ['accepted', 'diagnosed']),
        isNull(careRequests.lockedAt),
        isNull(careRequests.removedAt),
      ),
    )
    .returning({ id: careRequests.id });
  for (const { id } of raised) await ctx.jobs.send(syncRoomJob, { requestId: id });
  return raised.map(({ id }) => id);
}

/** Requests in the order of their ids, from the one after `after` on: what their rooms have to follow. */
export async function requestsAfter(ctx: Ctx, after: string | null, limit: number) {
  return ctx.db
    .select({
      id: careRequests.id,
      version: careRequests.version,
      patientId: careRequests.patientId,
      hasRoom: sql<boolean>`(${careRequests.roomId} IS NOT NULL OR ${careRequests.status} IN ('accepted', 'diagnosed', 'closed'))`,
      removed: sql<boolean>`${careRequests.removedAt} IS NOT NULL`,
    })
    .from(careRequests)
    .where(after === null ? undefined : gt(careRequests.id, after))
    .orderBy(asc(careRequests.id))
    .limit(limit);
}

/** From now on the request names its room. Doing it again changes nothing. */
export async function markRoomOpened(ctx: Ctx, requestId: string): Promise<void> {
  const [opened] = await ctx.db
    .update(careRequests)
    .set({ roomId: sql`${careRequests.id}` })
    .where(and(eq(careRequests.id, requestId), isNull(careRequests.roomId)))
    .returning({ id: careRequests.id });
  if (opened !== undefined) announceRequest(ctx, requestId, { queue: false });
}
