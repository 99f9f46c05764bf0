import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { job, untilKept } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { removeAttachments } from './remove-attachments.ts';
import { syncRoom } from './sync-room.ts';
import { accountRooms, messages, messageVersions, rooms } from './tables.ts';
import { messagesRemoved } from './topics.ts';

/** Removes what was said in the rooms of a patient whose record has been removed. */
export const removeMessagesJob = job<{ accountId: string }>(
  'chat.remove-messages',
  untilKept({ delayS: 2, maxDelayS: 600 }),
);

const roomsAtOnce = 100;
const messagesAtOnce = 1000;

/**
 * Takes the text of every message in a patient's rooms with its earlier versions and files, the doctor's too: it is about the patient's health, whoever wrote it.
 * Each message stays in its place as a retracted one does, so that seqs stay dense for those who are still in the room. Room by
 * room; again, it finds nothing.
 * @returns how many messages lost their text.
 */
export async function removeMessages(ctx: Ctx, { accountId }: { accountId: string }): Promise<number> {
  let removed = 0;
  let after: string | null = null;
  for (;;) {
    const ids: string[] = await roomIdsOf(ctx, accountId, after);
    for (const roomId of ids) removed += await removeFromRoom(ctx, roomId, accountId);
    if (ids.length > 0) ctx.log.info({ accountId, removed }, 'removing messages of a health record');
    after = ids.at(-1) ?? null;
    if (ids.length < roomsAtOnce) return removed;
  }
}

async function roomIdsOf(ctx: Ctx, accountId: string, after: string | null): Promise<string[]> {
  const rows = await ctx.chatDb
    .select({ roomId: accountRooms.roomId })
    .from(accountRooms)
    .where(and(eq(accountRooms.accountId, accountId), after === null ? undefined : gt(accountRooms.roomId, after)))
    .orderBy(asc(accountRooms.roomId))
    .limit(roomsAtOnce);
  return rows.map(({ roomId }) => roomId);
}

/** The room is closed first, so that nothing is written behind the removal's back. */
async function removeFromRoom(ctx: Ctx, roomId: string, ownerId: string): Promise<number> {
  await syncRoom(ctx, { requestId: roomId });
  await removeAttachments(ctx, { roomId });
  return ctx.chatTx(async (ctx) => {
    const [room] = await ctx.chatDb.select().from(rooms).where(eq(rooms.roomId, roomId)).for('update');
    if (room === undefined) return 0;
    await ctx.chatDb.delete(messageVersions).where(eq(messageVersions.roomId, roomId));
    let count = 0;
    for (let fromSeq = 1; fromSeq <= room.lastSeq; fromSeq += messagesAtOnce) {
      count += await removeRange(ctx, { roomId, fromSeq, changeSeq: room.changeSeq + count });
    }
    if (count === 0) return 0;
    const changeSeq = room.changeSeq + count;
    await ctx.chatDb.update(rooms).set({ changeSeq }).where(eq(rooms.roomId, roomId));
    // In the other database, and before this commits: it may tell of a removal that then failed and is done again, but none that
    // happened is missing.
    await audit(ctx, {
      action: 'messages.removed',
      subjectType: 'room',
      subjectId: roomId,
      ownerId,
      details: { count },
    });
    ctx.afterCommit(() => ctx.bus.publish(messagesRemoved, { roomId }, ctx.origin.trace));
    return count;
  });
}

/** Each message by a change of its own, from the one after `changeSeq` on: who has it already is told by the list of changes. */
async function removeRange(
  ctx: Ctx,
  { roomId, fromSeq, changeSeq }: { roomId: string; fromSeq: number; changeSeq: number },
): Promise<number> {
  const inRange = sql`room_id = ${roomId} AND seq BETWEEN ${fromSeq} AND ${fromSeq + messagesAtOnce - 1}`;
  const removed = await ctx.chatDb.execute(sql`
    UPDATE ${messages} SET text = NULL, attachments = NULL, retracted_at = now(),
      change_seq = ${changeSeq}::bigint + numbered.n
    FROM (
      SELECT seq, row_number() OVER (ORDER BY seq) AS n FROM ${messages} WHERE ${inRange} AND text IS NOT NULL
    ) AS numbered
    WHERE ${messages.roomId} = ${roomId} AND ${messages.seq} = numbered.seq`);
  return removed.rowCount ?? 0;
}
