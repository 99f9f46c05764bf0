import { and, eq, exists, isNull, sql } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { roomMembers, rooms } from './tables.ts';

/**
 * Takes the next change of a room for the caller, in a transaction that changes a message. It holds the lock of the room's
 * row until the commit, so that changes become visible in their order; hence it comes as late as possible.
 * @returns null when the room is not open, or the caller is no longer in it.
 */
export async function takeChange(ctx: Ctx, roomId: string): Promise<number | null> {
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
  return taken?.changeSeq ?? null;
}
