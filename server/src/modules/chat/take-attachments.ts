import type { Attachment } from '@openward/contracts';
import { and, eq, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import { invalidField } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { attachmentLimits } from '#server/limits.ts';
import { viewAttachment } from './attachment-view.ts';
import { attachments, messages } from './tables.ts';

type Sending = { roomId: string; senderId: string; clientId: string };

/**
 * Takes uploaded files for one message of their uploader, by its clientId: the message that is sent again finds them taken for
 * itself, another finds none. If it is then never written, the clean-up removes them as it does what nobody sends.
 * @returns them in the order of the ids. @throws Problem 400 when one is not there, not one's own, or sent before.
 */
export async function takeAttachments(
  ctx: Ctx,
  { roomId, senderId, clientId }: Sending,
  ids: readonly string[],
): Promise<Attachment[]> {
  const wanted = ids.map((id) => id.toLowerCase());
  const inOrder = (rows: (typeof attachments.$inferSelect)[]) => {
    const found = new Map(rows.map((row) => [row.id, viewAttachment(row)]));
    return wanted.flatMap((id) => found.get(id) ?? []);
  };
  const these = and(eq(attachments.roomId, roomId), inArray(attachments.id, wanted));
  if (await isWritten(ctx, { roomId, senderId, clientId })) {
    return inOrder(await ctx.chatDb.select().from(attachments).where(these));
  }
  // All or none: what is refused leaves nothing taken.
  return ctx.chatTx(async (ctx) => {
    const taken = inOrder(await take(ctx, these, { senderId, clientId }));
    if (taken.length === wanted.length) return taken;
    throw invalidField('attachmentIds', 'unknown', 'Upload each file to this room first, and send it in one message.');
  });
}

async function take(ctx: Ctx, these: SQL | undefined, { senderId, clientId }: Omit<Sending, 'roomId'>) {
  return ctx.chatDb
    .update(attachments)
    .set({ clientId })
    .where(
      and(
        these,
        eq(attachments.uploaderId, senderId),
        or(isNull(attachments.clientId), eq(attachments.clientId, clientId)),
        isNotNull(attachments.storedAt),
        isNull(attachments.removedAt),
        // Well before the clean-up takes it for forgotten, unless it was taken for this message in time.
        or(
          isNotNull(attachments.clientId),
          sql`${attachments.createdAt} > now() - make_interval(hours => ${attachmentLimits.unsentHours - 1})`,
        ),
      ),
    )
    .returning();
}

/** Then nothing is taken: it is for that message to say whether it is the same one. */
async function isWritten(ctx: Ctx, { roomId, senderId, clientId }: Sending): Promise<boolean> {
  const rows = await ctx.chatDb
    .select({ seq: messages.seq })
    .from(messages)
    .where(and(eq(messages.roomId, roomId), eq(messages.senderId, senderId), eq(messages.clientId, clientId)));
  return rows.length > 0;
}
