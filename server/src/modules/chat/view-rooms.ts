import type { Room } from '@openward/contracts';
import { and, asc, desc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { actorOf, type Ctx } from '#server/context.ts';
import { namesOf } from '#server/modules/identity/index.ts';
import { changesOf } from './list-changes.ts';
import { messageColumns, viewMessage } from './message-view.ts';
import { type Presence, presenceOf } from './presence.ts';
import { messages, roomMembers, rooms } from './tables.ts';

/**
 * Rooms as the caller sees them, in the order of the ids: four statements, however many. Those that the caller is not in are
 * left out.
 */
export async function viewRooms(ctx: Ctx, roomIds: string[]): Promise<Room[]> {
  if (roomIds.length === 0) return [];
  const [states, members] = await Promise.all([ownStates(ctx, roomIds), presentMembers(ctx, roomIds)]);
  const accountIds = members.map(({ accountId }) => accountId);
  const [names, seen] = await Promise.all([namesOf(ctx, accountIds), presenceOf(ctx, accountIds)]);
  const views = new Map(
    states.map(({ roomId, lastMessage, changeSeq, ...state }): [string, Room] => [
      roomId,
      {
        id: roomId,
        members: members
          .filter((member) => member.roomId === roomId)
          .map(({ accountId, role, readSeq }) => ({
            id: accountId,
            fullName: names.get(accountId) ?? '',
            role,
            readSeq,
            ...viewPresence(seen.get(accountId)),
          })),
        ...state,
        ...changesOf(changeSeq),
        lastMessage: lastMessage === null ? null : viewMessage(lastMessage),
      },
    ]),
  );
  return roomIds.flatMap((id) => views.get(id) ?? []);
}

function viewPresence(found: Presence | undefined) {
  const { online = false, lastSeenAt = null } = found ?? {};
  return { ...(online ? { online } : {}), ...(lastSeenAt === null ? {} : { lastSeenAt }) };
}

/** Among so many of the newest messages it is counted what is unread: nobody reads a larger number, and counting on would take longer the more there are. */
const newest = sql.raw('1000');

/** Each table is told the rooms: where they are distributed, one that is only joined is asked for on every machine. */
async function ownStates(ctx: Ctx, roomIds: string[]) {
  const { accountId } = actorOf(ctx);
  const ids = sql`${sql.param(roomIds)}::uuid[]`;
  const of = (column: PgColumn) => sql`${column} = ANY(${ids})`;
  return ctx.chatDb
    .select({
      roomId: rooms.roomId,
      status: rooms.status,
      lastSeq: rooms.lastSeq,
      changeSeq: rooms.changeSeq,
      readSeq: roomMembers.readSeq,
      unread: sql<number>`(
        SELECT count(*) FROM ${messages} AS later
        WHERE later.room_id = ${rooms.roomId} AND later.room_id = ANY(${ids}) AND later.seq > greatest(${roomMembers.readSeq}, ${rooms.lastSeq} - ${newest}) AND later.sender_id <> ${accountId}
      )`.mapWith(Number),
      lastMessage: messageColumns,
    })
    .from(rooms)
    .innerJoin(roomMembers, eq(roomMembers.roomId, rooms.roomId))
    .leftJoin(messages, and(eq(messages.roomId, rooms.roomId), of(messages.roomId), eq(messages.seq, rooms.lastSeq)))
    .where(
      and(of(rooms.roomId), of(roomMembers.roomId), eq(roomMembers.accountId, accountId), isNull(roomMembers.leftAt)),
    );
}

/** The patient first. */
async function presentMembers(ctx: Ctx, roomIds: string[]) {
  return ctx.chatDb
    .select({
      roomId: roomMembers.roomId,
      accountId: roomMembers.accountId,
      role: roomMembers.role,
      readSeq: roomMembers.readSeq,
    })
    .from(roomMembers)
    .where(and(inArray(roomMembers.roomId, roomIds), isNull(roomMembers.leftAt)))
    .orderBy(desc(roomMembers.role), asc(roomMembers.accountId));
}
