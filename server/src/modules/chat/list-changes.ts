import type { listChanges as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, asc, eq, gt } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { auditReading, roomFor } from './access.ts';
import { messageColumns, viewMessage } from './message-view.ts';
import { messages } from './tables.ts';

/**
 * What became of messages that the caller may have already: those edited or retracted after a change of the room, as they are
 * now. One that is changed again meanwhile moves to the end, so that paging by the last `changeSeq` misses none.
 * @throws Problem 404. Reading is written into the audit.
 */
export async function listChanges(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { id, after = 0, limit = 20 } = input;
  const room = await roomFor(ctx, id);
  const rows = await ctx.chatDb
    .select({ message: messageColumns, changeSeq: messages.changeSeq })
    .from(messages)
    .where(and(eq(messages.roomId, id), gt(messages.changeSeq, after)))
    .orderBy(asc(messages.changeSeq))
    .limit(limit);
  await auditReading(ctx, room, { afterChange: after, count: rows.length });
  const items = rows.map(({ message, changeSeq }) => ({ changeSeq: changeSeq ?? 0, message: viewMessage(message) }));
  return { items, changeSeq: Math.max(room.changeSeq, items.at(-1)?.changeSeq ?? 0) };
}

/** Where a room stands, in frames and views: a room in which nothing was changed yet says nothing of it. */
export function changesOf(changeSeq: number): { changeSeq?: number } {
  return changeSeq === 0 ? {} : { changeSeq };
}
