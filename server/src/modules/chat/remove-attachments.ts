import { and, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { dropStale } from '#platform/files/stage-file.ts';
import type { Ctx } from '#server/context.ts';
import { attachmentLimits } from '#server/limits.ts';
import { fileKey, isSent } from './attachment-view.ts';
import { attachments, messages } from './tables.ts';

/** How many a run of the clean-up erases; the next one goes on. */
const batch = 1000;

/**
 * Removes what was uploaded to a room, by everybody or by one account: at once from every answer, then the bytes. For whoever erases
 * a record or an account. Messages keep their text. Doing it again changes nothing.
 * @throws what the store of attachments threw; the clean-up then goes on with it.
 * @public
 */
export async function removeAttachments(
  ctx: Ctx,
  { roomId, uploaderId }: { roomId: string; uploaderId?: string },
): Promise<void> {
  await ctx.chatTx(async (ctx) => {
    await ctx.chatDb
      .update(attachments)
      .set({ removedAt: sql`now()` })
      .where(
        and(
          eq(attachments.roomId, roomId),
          isNull(attachments.removedAt),
          uploaderId === undefined ? undefined : eq(attachments.uploaderId, uploaderId),
        ),
      );
    await ctx.chatDb
      .update(messages)
      .set({ attachments: null })
      .where(
        and(
          eq(messages.roomId, roomId),
          isNotNull(messages.attachments),
          uploaderId === undefined ? undefined : eq(messages.senderId, uploaderId),
        ),
      );
  });
  await eraseRemoved(ctx, roomId);
}

/** Within the transaction that takes their message back. From its commit on nobody sees them. */
export async function markRemoved(ctx: Ctx, roomId: string, ids: readonly string[]): Promise<void> {
  await ctx.chatDb
    .update(attachments)
    .set({ removedAt: sql`now()` })
    .where(and(eq(attachments.roomId, roomId), inArray(attachments.id, [...ids])));
}

/**
 * Bytes first, then the row that knows of them: what is interrupted is found again. The row of an upload that may still be on its way stays for
 * the next time: its bytes are perhaps yet to come.
 */
export async function eraseRemoved(ctx: Ctx, roomId?: string): Promise<void> {
  const rows = await ctx.chatDb
    .select({ roomId: attachments.roomId, id: attachments.id })
    .from(attachments)
    .where(
      and(
        isNotNull(attachments.removedAt),
        or(isNotNull(attachments.storedAt), neverCame()),
        roomId === undefined ? undefined : eq(attachments.roomId, roomId),
      ),
    )
    .limit(batch);
  for (const row of rows) {
    await ctx.files.delete(fileKey(row));
    await ctx.chatDb.delete(attachments).where(and(eq(attachments.roomId, row.roomId), eq(attachments.id, row.id)));
  }
}

/** Of those that are not stored: no upload takes so long. */
function neverCame() {
  return sql`${attachments.createdAt} < now() - make_interval(mins => ${attachmentLimits.uploadMinutes})`;
}

/**
 * The clean-up, by the clock: what was sent is settled, what was uploaded and never sent within a day is removed, and so is what
 * never came to its end. The one statement of the chat that looks over all rooms, along indexes of what is not settled.
 */
export async function dropOrphans(ctx: Ctx): Promise<void> {
  const { unsentHours, uploadMinutes } = attachmentLimits;
  const open = and(isNull(attachments.messageSeq), isNull(attachments.removedAt));
  await ctx.chatDb
    .update(attachments)
    .set({
      messageSeq: sql`(
        SELECT sent.seq FROM ${messages} AS sent WHERE sent.room_id = ${attachments.roomId}
          AND sent.sender_id = ${attachments.uploaderId} AND sent.client_id = ${attachments.clientId})`,
    })
    .where(and(open, isNotNull(attachments.clientId), isSent()));
  const lost = and(isNull(attachments.storedAt), neverCame());
  const unsent = sql`${attachments.createdAt} < now() - make_interval(hours => ${unsentHours})`;
  await ctx.chatDb
    .update(attachments)
    .set({ removedAt: sql`now()` })
    .where(and(open, sql`(${lost} OR ${unsent})`));
  await eraseRemoved(ctx);
  await dropStale(ctx.config.attachments.incomingDir, uploadMinutes * 60_000);
}
