import { and, eq, isNull, sql } from 'drizzle-orm';
import { prepared } from '#platform/database/prepared.ts';
import { notFound } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { roomMembers, rooms } from './tables.ts';

const ownRoom = prepared((db) =>
  db
    .select({
      roomId: rooms.roomId,
      status: rooms.status,
      lastSeq: rooms.lastSeq,
      changeSeq: rooms.changeSeq,
      readSeq: roomMembers.readSeq,
      patientId: sql<string | null>`(
        SELECT patient.account_id FROM ${roomMembers} AS patient
        WHERE patient.room_id = ${sql.placeholder('roomId')} AND patient.role = 'patient' LIMIT 1)`,
    })
    .from(rooms)
    .innerJoin(roomMembers, eq(roomMembers.roomId, rooms.roomId))
    .where(
      and(
        eq(rooms.roomId, sql.placeholder('roomId')),
        eq(roomMembers.roomId, sql.placeholder('roomId')),
        eq(roomMembers.accountId, sql.placeholder('accountId')),
        isNull(roomMembers.leftAt),
      ),
    )
    .prepare('chat_own_room'),
);

export type OwnRoom = Awaited<ReturnType<typeof roomFor>>;

/**
 * The room, if the caller is in it at this moment. The first line of every use case on a room.
 * @throws Problem 404, the same for a room of others and for none; the refusal is written into the audit.
 */
export async function roomFor(ctx: Ctx, roomId: string) {
  const [room] = await ownRoom(ctx.chatDb).execute({ roomId, accountId: actorOf(ctx).accountId });
  return room ?? refuseRoom(ctx, roomId);
}

/** @throws Problem 404 always, once the refusal is written into the audit. `more` counts further rooms of the same call. */
export async function refuseRoom(ctx: Ctx, roomId: string, more = 0): Promise<never> {
  await audit(ctx, {
    action: 'room.read',
    subjectType: 'room',
    subjectId: roomId,
    outcome: 'denied',
    details: more === 0 ? {} : { more },
  });
  throw notFound();
}

/** Writes down that the caller read messages of a room. */
export async function auditReading(
  ctx: Ctx,
  room: Pick<OwnRoom, 'roomId' | 'patientId'>,
  details: Record<string, string | number> = {},
): Promise<void> {
  const { roomId, patientId } = room;
  await audit(ctx, {
    action: 'room.read',
    subjectType: 'room',
    subjectId: roomId,
    ...(patientId === null ? {} : { ownerId: patientId }),
    details,
  });
}
