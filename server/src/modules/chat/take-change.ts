import { and, eq, exists, isNull, sql } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import type { OwnRoom } from './access.ts';
import { roomClosed } from './send-message.ts';
import { roomMembers, rooms } from './tables.ts';

/**
 * Writes a change of a message into the audit and takes the room's next change for the caller, in the transaction that changes it.
 * It holds the lock of the room's row until the commit, so that changes become visible in their order; hence it comes as late as
 * possible. The audit is in the other database: written before this commits, it may tell of a change that then failed, but none
 * that happened is missing from it.
 * @throws Problem 409 `room-closed`, also when the caller is no longer in the room.
 */
export async function takeChange(
  ctx: Ctx,
  { roomId, patientId }: OwnRoom,
  { action, seq }: { action: 'message.edited' | 'message.retracted'; seq: number },
): Promise<number> {
  await audit(ctx, {
    action,
    subjectType: 'room',
    subjectId: roomId,
    ...(patientId === null ? {} : { ownerId: patientId }),
    details: { seq },
  });
  const membership = ctx.chatDb
    .select({ roomId: roomMembers.roomId })
    .from(roomMembers)
    .where(
      and(
        eq(roomMembers.roomId, roomId),
        eq(roomMembers.accountId, actorOf(ctx).accountId),
        isNull(roomMembers.leftAt),
      ),
    );
  const [taken] = await ctx.chatDb
    .update(rooms)
    .set({ changeSeq: sql`${rooms.changeSeq} + 1` })
    .where(and(eq(rooms.roomId, roomId), eq(rooms.status, 'open'), exists(membership)))
    .returning({ changeSeq: rooms.changeSeq });
  if (taken === undefined) throw roomClosed();
  return taken.changeSeq;
}
