import type { RequestStatus } from '@openward/contracts';
import { inArray } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { careRequests } from './tables.ts';

/**
 * How requests stand, for who has shown that the caller may know of them. A doctor who does not treat one any more learns of it what others do,
 * and of no room.
 */
export async function requestStates(
  ctx: Ctx,
  ids: readonly string[],
): Promise<Map<string, { status: RequestStatus; roomId: string | null }>> {
  const rows = await ctx.db
    .select({
      id: careRequests.id,
      status: careRequests.status,
      roomId: careRequests.roomId,
      doctorId: careRequests.doctorId,
    })
    .from(careRequests)
    .where(inArray(careRequests.id, [...ids]));
  const isOther = (doctorId: string | null) => ctx.actor?.role === 'doctor' && doctorId !== ctx.actor.accountId;
  return new Map(
    rows.map(({ id, status, roomId, doctorId }) => [
      id,
      isOther(doctorId) ? { status: forOthers(status), roomId: null } : { status, roomId },
    ]),
  );
}

export const treated: ReadonlySet<string> = new Set(['accepted', 'diagnosed', 'closed']);

/** What became of it after somebody took it is not for others, however late they hear that it was taken. */
export const forOthers = (status: RequestStatus): RequestStatus => (treated.has(status) ? 'accepted' : status);
