import { and, eq, isNotNull, isNull, lt, ne, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { markRoomOpened, type RoomState, roomStateOf } from '#server/modules/care/index.ts';
import { accountRooms, roomMembers, rooms } from './tables.ts';
import { roomChanged } from './topics.ts';

/**
 * Makes a room what its care request says at this moment: open with the patient and the doctor; closed and readable after
 * the end; closed and without the doctor after a release. Whatever order these jobs run in and however often, the newest state
 * of the request stays: its version decides, under the room's lock.
 */
export async function syncRoom(ctx: Ctx, { requestId }: { requestId: string }): Promise<void> {
  const state = await roomStateOf(ctx, requestId);
  if (state === null || !state.exists) return;
  await ctx.chatTx(async (ctx) => {
    const [room] = await ctx.chatDb
      .insert(rooms)
      .values({ roomId: requestId, status: state.open ? 'open' : 'closed', requestVersion: state.version })
      .onConflictDoUpdate({
        target: rooms.roomId,
        set: { status: sql`excluded.status`, requestVersion: sql`excluded.request_version` },
        setWhere: lt(rooms.requestVersion, sql`excluded.request_version`),
      })
      .returning({ roomId: rooms.roomId });
    if (room !== undefined) await setMembers(ctx, requestId, state);
  });
  await markRoomOpened(ctx, requestId);
  // Also when nothing changed: an earlier run may have died between its commit and here.
  ctx.bus.publish(roomChanged, { roomId: requestId, version: state.version }, ctx.origin.trace);
  // Handed back before the request named its room: then whoever did that found no room to close.
  const newest = await roomStateOf(ctx, requestId);
  if (newest !== null && newest.version > state.version) await syncRoom(ctx, { requestId });
}

async function setMembers(ctx: Ctx, roomId: string, { patientId, doctorId }: RoomState): Promise<void> {
  const left = await ctx.chatDb
    .update(roomMembers)
    .set({ leftAt: sql`now()` })
    .where(
      and(
        eq(roomMembers.roomId, roomId),
        eq(roomMembers.role, 'doctor'),
        isNull(roomMembers.leftAt),
        doctorId === null ? undefined : ne(roomMembers.accountId, doctorId),
      ),
    )
    .returning({ accountId: roomMembers.accountId });
  for (const { accountId } of left) {
    await ctx.chatDb
      .update(accountRooms)
      .set({ leftAt: sql`now()` })
      .where(and(eq(accountRooms.accountId, accountId), eq(accountRooms.roomId, roomId)));
  }
  await join(ctx, { roomId, accountId: patientId, role: 'patient' });
  if (doctorId !== null) await join(ctx, { roomId, accountId: doctorId, role: 'doctor' });
}

/** Who comes back keeps how far they had read. Taken from the room's row as a SELECT: VALUES with a subquery is none of what Citus takes. */
async function join(
  ctx: Ctx,
  member: { roomId: string; accountId: string; role: 'patient' | 'doctor' },
): Promise<void> {
  await ctx.chatDb
    .insert(roomMembers)
    .select(
      sql`SELECT ${rooms.roomId}, ${member.accountId}::uuid, ${member.role}::text, 0, now(), ${rooms.lastSeq}, NULL::timestamptz
        FROM ${rooms} WHERE ${rooms.roomId} = ${member.roomId}`,
    )
    .onConflictDoUpdate({
      target: [roomMembers.roomId, roomMembers.accountId],
      set: { leftAt: null, joinedAt: sql`excluded.joined_at`, joinedSeq: sql`excluded.joined_seq` },
      setWhere: isNotNull(roomMembers.leftAt),
    });
  await ctx.chatDb
    .insert(accountRooms)
    .values({ accountId: member.accountId, roomId: member.roomId })
    .onConflictDoUpdate({
      target: [accountRooms.accountId, accountRooms.roomId],
      set: { leftAt: null, createdAt: sql`excluded.created_at` },
      setWhere: isNotNull(accountRooms.leftAt),
    });
}
