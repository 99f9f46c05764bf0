import type { markRead as contract, InputOf } from '@openward/contracts';
import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { prepared } from '#platform/database/prepared.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { roomFor } from './access.ts';
import { roomMembers, rooms } from './tables.ts';
import { roomRead } from './topics.ts';

// Compared under the row's lock, so that of two devices at once the further one stays.
const advance = prepared((db) =>
  db
    .update(roomMembers)
    .set({ readSeq: sql`${sql.placeholder('seq')}` })
    .where(
      and(
        eq(roomMembers.roomId, sql.placeholder('roomId')),
        eq(roomMembers.accountId, sql.placeholder('accountId')),
        isNull(roomMembers.leftAt),
        lt(roomMembers.readSeq, sql.placeholder('seq')),
        sql`${sql.placeholder('seq')} <= (SELECT ${rooms.lastSeq} FROM ${rooms} WHERE ${rooms.roomId} = ${sql.placeholder('roomId')})`,
      ),
    )
    .returning({ roomId: roomMembers.roomId })
    .prepare('chat_mark_read'),
);

/**
 * Says how far one has read. It never goes back: an older seq changes nothing.
 * @throws Problem 404, 400 `seq-out-of-range` beyond the newest message.
 */
export async function markRead(ctx: Ctx, { id, seq }: InputOf<typeof contract>): Promise<undefined> {
  const { accountId } = actorOf(ctx);
  const moved = await advance(ctx.chatDb).execute({ roomId: id, accountId, seq });
  if (moved.length > 0) {
    ctx.bus.publish(roomRead, { roomId: id, accountId, seq }, ctx.origin.trace);
    return;
  }
  const room = await roomFor(ctx, id);
  if (seq > room.lastSeq) {
    throw new Problem('seq-out-of-range', { detail: `The newest message of the room has seq ${room.lastSeq}.` });
  }
}
