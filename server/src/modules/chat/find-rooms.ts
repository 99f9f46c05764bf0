import type { RoomStatus } from '@openward/contracts';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { prepared } from '#platform/database/prepared.ts';
import type { Ctx } from '#server/context.ts';
import { accountRooms, roomMembers, rooms } from './tables.ts';

/** A room as nodes keep it for their sockets. Of two snapshots the one with the higher version has the newer members. */
export type RoomSnapshot = {
  roomId: string;
  status: RoomStatus;
  headSeq: number;
  changeSeq: number;
  version: number;
  patientId: string | null;
  /** Who is in it at this moment, how far each has read, and the head when they joined. */
  members: ReadonlyMap<string, { readSeq: number; joinedSeq: number }>;
};

/** Bounds a statement, not what may be asked for. */
const chunkSize = 2000;

/** A column of all members as an array; a room without any has none, not one that is null. */
function present<T>(column: PgColumn) {
  return sql<T[]>`coalesce(array_agg(${column}) FILTER (WHERE ${roomMembers.accountId} IS NOT NULL), '{}')`;
}

const snapshots = prepared((db) =>
  db
    .select({
      roomId: rooms.roomId,
      status: rooms.status,
      headSeq: rooms.lastSeq,
      changeSeq: rooms.changeSeq,
      version: rooms.requestVersion,
      patientId: sql<
        string | null
      >`(array_agg(${roomMembers.accountId}) FILTER (WHERE ${roomMembers.role} = 'patient'))[1]`,
      accountIds: present<string>(roomMembers.accountId),
      readSeqs: present<string>(roomMembers.readSeq),
      joinedSeqs: present<string>(roomMembers.joinedSeq),
    })
    .from(rooms)
    .leftJoin(roomMembers, and(eq(roomMembers.roomId, rooms.roomId), isNull(roomMembers.leftAt)))
    .where(sql`${rooms.roomId} = ANY(${sql.placeholder('roomIds')}::uuid[])`)
    .groupBy(rooms.roomId)
    .prepare('chat_room_snapshots'),
);

/** The state of each room that exists, head and members of one moment. For the nodes themselves: no access is checked. */
export async function findRooms(ctx: Ctx, roomIds: readonly string[]): Promise<RoomSnapshot[]> {
  const found: RoomSnapshot[] = [];
  for (let start = 0; start < roomIds.length; start += chunkSize) {
    const rows = await snapshots(ctx.chatDb).execute({ roomIds: roomIds.slice(start, start + chunkSize) });
    for (const { accountIds, readSeqs, joinedSeqs, ...room } of rows) {
      const members = accountIds.map((id, index): [string, { readSeq: number; joinedSeq: number }] => [
        id,
        { readSeq: Number(readSeqs[index] ?? 0), joinedSeq: Number(joinedSeqs[index] ?? 0) },
      ]);
      found.push({ ...room, members: new Map(members) });
    }
  }
  return found;
}

/** Rooms that any of the accounts joined within the last minutes: for a node that may have missed the news of it. */
export async function findJoinedLately(ctx: Ctx, accountIds: readonly string[], withinS: number): Promise<string[]> {
  if (accountIds.length === 0) return [];
  const rows = await ctx.chatDb
    .selectDistinct({ roomId: accountRooms.roomId })
    .from(accountRooms)
    .where(
      and(
        sql`${accountRooms.accountId} = ANY(${sql.param([...accountIds])}::uuid[])`,
        isNull(accountRooms.leftAt),
        sql`${accountRooms.createdAt} > now() - make_interval(secs => ${withinS})`,
      ),
    );
  return rows.map(({ roomId }) => roomId);
}
