import type { retractMessage as contract, InputOf } from '@openward/contracts';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { type OwnRoom, roomFor } from './access.ts';
import { dropVersions } from './list-versions.ts';
import { eraseRemoved, markRemoved } from './remove-attachments.ts';
import { roomClosed } from './send-message.ts';
import { messages } from './tables.ts';
import { takeChange } from './take-change.ts';
import { messageRetracted } from './topics.ts';

/**
 * Takes one's own message back: the text, its earlier versions and its attachments go for good, the message stays in its place. Again: nothing,
 * but that it is told once more, since of the first time the answer and the news may both have been lost.
 * @throws Problem 404, 403 for somebody else's message, 409 `room-closed`.
 */
export async function retractMessage(ctx: Ctx, { id, seq }: InputOf<typeof contract>): Promise<undefined> {
  const room = await roomFor(ctx, id);
  const [message] = await ctx.chatDb
    .select({
      senderId: messages.senderId,
      retractedAt: messages.retractedAt,
      attachments: messages.attachments,
      changeSeq: messages.changeSeq,
    })
    .from(messages)
    .where(and(eq(messages.roomId, id), eq(messages.seq, seq)));
  if (message === undefined) throw notFound();
  if (message.senderId !== actorOf(ctx).accountId) {
    throw new Problem('forbidden', { detail: 'Only who sent a message can take it back.' });
  }
  if (message.retractedAt !== null) {
    if (message.changeSeq !== null) announceRetraction(ctx, { roomId: id, seq, changeSeq: message.changeSeq });
    return;
  }
  if (room.status === 'closed') throw roomClosed();
  await retract(ctx, room, { seq, attachments: message.attachments });
  // What fails here is done by the clean-up.
  if (message.attachments !== null)
    await eraseRemoved(ctx, id).catch((err) => ctx.log.warn({ err }, 'files stay for now'));
}

async function retract(
  ctx: Ctx,
  room: OwnRoom,
  { seq, attachments }: Pick<typeof messages.$inferSelect, 'seq' | 'attachments'>,
): Promise<void> {
  const { roomId } = room;
  await ctx.chatTx(async (ctx) => {
    const thisMessage = and(eq(messages.roomId, roomId), eq(messages.seq, seq));
    const retracted = await ctx.chatDb
      .update(messages)
      .set({ text: null, attachments: null, retractedAt: sql`now()` })
      .where(and(thisMessage, isNull(messages.retractedAt)))
      .returning({ seq: messages.seq });
    if (retracted.length === 0) return;
    await dropVersions(ctx, { roomId, seq });
    const ids = (attachments ?? []).map((attachment) => attachment.id);
    if (ids.length > 0) await markRemoved(ctx, roomId, ids);
    const changeSeq = await takeChange(ctx, room, { action: 'message.retracted', seq });
    await ctx.chatDb.update(messages).set({ changeSeq }).where(thisMessage);
    announceRetraction(ctx, { roomId, seq, changeSeq });
  });
}

function announceRetraction(ctx: Ctx, retraction: { roomId: string; seq: number; changeSeq: number }): void {
  ctx.afterCommit(() => ctx.bus.publish(messageRetracted, retraction, ctx.origin.trace));
}
