import type { Message } from '@openward/contracts';
import { and, asc, eq, isNull } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { messageColumns } from './message-view.ts';
import { accountRooms, messages, roomMembers, rooms } from './tables.ts';

export type ExportedRoom = { id: string; status: string; joinedAt: string; messages: Message[] };

/**
 * The rooms that an account is in with their messages, for its export. Rooms that a doctor has left are not among them. A patient: all that was said to and by them. A doctor: what
 * the doctor wrote.
 */
export async function roomsAbout(ctx: Ctx, accountId: string): Promise<ExportedRoom[]> {
  const own = await ctx.chatDb
    .select({ id: rooms.roomId, status: rooms.status, joinedAt: roomMembers.joinedAt })
    .from(accountRooms)
    .innerJoin(rooms, eq(rooms.roomId, accountRooms.roomId))
    .innerJoin(roomMembers, and(eq(roomMembers.roomId, rooms.roomId), eq(roomMembers.accountId, accountId)))
    .where(and(eq(accountRooms.accountId, accountId), isNull(roomMembers.leftAt)))
    .orderBy(asc(rooms.roomId));
  const bySender = actorOf(ctx).role === 'doctor' ? eq(messages.senderId, accountId) : undefined;
  const exported: ExportedRoom[] = [];
  for (const room of own) {
    const said = await ctx.chatDb
      .select(messageColumns)
      .from(messages)
      .where(and(eq(messages.roomId, room.id), bySender))
      .orderBy(asc(messages.seq));
    exported.push({ ...room, messages: said });
  }
  return exported;
}
