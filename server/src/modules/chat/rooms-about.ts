import type { Message } from '@openward/contracts';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { readPages } from '#platform/database/read-pages.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { messageColumns, viewMessage } from './message-view.ts';
import { accountRooms, messages, roomMembers, rooms } from './tables.ts';

export type ExportedRoom = {
  id: string;
  status: string;
  joinedAt: string;
  /** When the account left it; null while it is in it. */
  leftAt: string | null;
  readSeq: number;
  messages: Message[];
};

/**
 * The rooms that an account is or was in with their messages, for its export. A patient: all that was said to and by them. A
 * doctor: what the doctor wrote, also in rooms that the doctor has left.
 */
export async function roomsAbout(ctx: Ctx, accountId: string): Promise<ExportedRoom[]> {
  const own = await roomsOf(ctx, accountId);
  const sender = actorOf(ctx).role === 'doctor' ? accountId : null;
  const exported: ExportedRoom[] = [];
  for (const room of own) exported.push({ ...room, messages: await messagesOf(ctx, room.id, sender) });
  return exported;
}

/** In two steps, since the list by account and the rooms may be on different machines. */
async function roomsOf(ctx: Ctx, accountId: string): Promise<Omit<ExportedRoom, 'messages'>[]> {
  const listed = await readPages<{ id: string }>((after, limit) =>
    ctx.chatDb
      .select({ id: accountRooms.roomId })
      .from(accountRooms)
      .where(and(eq(accountRooms.accountId, accountId), after === null ? undefined : gt(accountRooms.roomId, after.id)))
      .orderBy(asc(accountRooms.roomId))
      .limit(limit),
  );
  const ids = sql.param(listed.map(({ id }) => id));
  return ctx.chatDb
    .select({
      id: rooms.roomId,
      status: rooms.status,
      joinedAt: roomMembers.joinedAt,
      leftAt: roomMembers.leftAt,
      readSeq: roomMembers.readSeq,
    })
    .from(rooms)
    .innerJoin(roomMembers, eq(roomMembers.roomId, rooms.roomId))
    .where(and(sql`${rooms.roomId} = ANY(${ids}::uuid[])`, eq(roomMembers.accountId, accountId)))
    .orderBy(asc(rooms.roomId));
}

/** @param sender only what this account wrote; null: everything. */
async function messagesOf(ctx: Ctx, roomId: string, sender: string | null): Promise<Message[]> {
  return readPages<Message>(async (after, limit) => {
    const rows = await ctx.chatDb
      .select(messageColumns)
      .from(messages)
      .where(
        and(
          eq(messages.roomId, roomId),
          sql`${messages.seq} > ${after?.seq ?? 0}`,
          sender === null ? undefined : eq(messages.senderId, sender),
        ),
      )
      .orderBy(asc(messages.seq))
      .limit(limit);
    return rows.map(viewMessage);
  });
}
