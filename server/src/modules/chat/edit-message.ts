import { type editMessage as contract, editWindowMinutes, type InputOf, type Message } from '@openward/contracts';
import { and, count, eq, sql } from 'drizzle-orm';
import { notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { messageLimits } from '#server/limits.ts';
import { type OwnRoom, roomFor } from './access.ts';
import { lookForRedFlags } from './look-for-red-flags.ts';
import { messageColumns, viewMessage } from './message-view.ts';
import { roomClosed } from './send-message.ts';
import { messages, messageVersions } from './tables.ts';
import { takeChange } from './take-change.ts';
import { messageEdited } from './topics.ts';

/**
 * Gives one's own message another text, within 15 minutes of sending it; what it said before is kept. The text that it has
 * already changes nothing, and is answered and told as the first time, also later: of the first time, the answer and the news may
 * both have been lost.
 * @throws Problem 404, 403 for somebody else's message, 409 `message-retracted`, `room-closed`, `edit-window-closed`.
 */
export async function editMessage(ctx: Ctx, { id, seq, text }: InputOf<typeof contract>): Promise<Message> {
  const room = await roomFor(ctx, id);
  const edited = await ctx.chatTx(async (ctx) => {
    const { inWindow, changeSeq, ...message } = await lockOwnMessage(ctx, id, seq);
    if (message.text === null) throw new Problem('message-retracted', { detail: 'What was taken back stays empty.' });
    if (message.text === text) {
      if (changeSeq !== null) announceEdit(ctx, { roomId: id, seq, changeSeq });
      return viewMessage(message);
    }
    if (room.status === 'closed') throw roomClosed();
    if (!inWindow) {
      throw new Problem('edit-window-closed', {
        detail: `A message can be edited for ${editWindowMinutes} minutes. Send another that corrects it.`,
      });
    }
    const writtenAt = message.editedAt ?? message.sentAt;
    await keepVersion(ctx, { roomId: id, seq, text: message.text, writtenAt });
    return viewMessage(await rewrite(ctx, room, seq, text));
  });
  await lookForRedFlags(ctx, edited);
  return edited;
}

async function lockOwnMessage(ctx: Ctx, roomId: string, seq: number) {
  const [message] = await ctx.chatDb
    .select({
      ...messageColumns,
      changeSeq: messages.changeSeq,
      inWindow: sql<boolean>`${messages.sentAt} > now() - make_interval(mins => ${editWindowMinutes})`,
    })
    .from(messages)
    .where(and(eq(messages.roomId, roomId), eq(messages.seq, seq)))
    .for('update');
  if (message === undefined) throw notFound();
  if (message.senderId === actorOf(ctx).accountId) return message;
  throw new Problem('forbidden', { detail: 'Only who sent a message can edit it.' });
}

/** The message's row is locked, so that no two are given the same number. */
async function keepVersion(
  ctx: Ctx,
  { roomId, seq, ...version }: { roomId: string; seq: number; text: string; writtenAt: string },
): Promise<void> {
  const [kept] = await ctx.chatDb
    .select({ count: count() })
    .from(messageVersions)
    .where(and(eq(messageVersions.roomId, roomId), eq(messageVersions.seq, seq)));
  const earlier = kept?.count ?? 0;
  if (earlier >= messageLimits.versions) {
    throw new Problem('edit-window-closed', {
      detail: `A message can be edited ${messageLimits.versions} times. Send another.`,
    });
  }
  await ctx.chatDb.insert(messageVersions).values({ roomId, seq, version: earlier + 1, ...version });
}

async function rewrite(ctx: Ctx, room: OwnRoom, seq: number, text: string) {
  const { roomId } = room;
  const changeSeq = await takeChange(ctx, room, { action: 'message.edited', seq });
  const [edited] = await ctx.chatDb
    .update(messages)
    .set({ text, editedAt: sql`now()`, changeSeq })
    .where(and(eq(messages.roomId, roomId), eq(messages.seq, seq)))
    .returning(messageColumns);
  if (edited === undefined) throw notFound();
  announceEdit(ctx, { roomId, seq, changeSeq });
  return edited;
}

function announceEdit(ctx: Ctx, edit: { roomId: string; seq: number; changeSeq: number }): void {
  ctx.afterCommit(() => ctx.bus.publish(messageEdited, edit, ctx.origin.trace));
}
