import { type Attachment, attachmentTypes, type uploadAttachment as contract, type InputOf } from '@openward/contracts';
import { and, count, eq, isNull, sql } from 'drizzle-orm';
import type { Staging } from '#platform/files/stage-file.ts';
import { takeIn } from '#platform/files/take-in.ts';
import type { Upload } from '#platform/http/route.ts';
import { refuseType } from '#platform/http/upload.ts';
import { newId } from '#platform/id.ts';
import { notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { attachmentLimits } from '#server/limits.ts';
import { refuseRoom, roomFor } from './access.ts';
import { fileKey, viewAttachment } from './attachment-view.ts';
import { roomClosed } from './send-message.ts';
import { attachments, roomMembers } from './tables.ts';

/**
 * Takes a file in: to disk as it comes, looked at, an image cleaned of what it tells of its making, then kept. The row comes first, so that
 * whatever is interrupted leaves no bytes that nobody knows of.
 * @throws Problem 404, 409 `room-closed`, 415 when the bytes are not of the type that they are said to be, 400 for a broken file, 429.
 */
export async function uploadAttachment(
  ctx: Ctx,
  { id: roomId, name, file }: InputOf<typeof contract> & { file: Upload },
): Promise<Attachment> {
  const room = await roomFor(ctx, roomId);
  if (room.status === 'closed') throw roomClosed();
  await ctx.limits.take('attachment.account', actorOf(ctx).accountId);
  const key = await reserve(ctx, { roomId, name, file });
  try {
    return viewAttachment(await receive(ctx, key, file));
  } catch (error) {
    const thisOne = and(eq(attachments.roomId, roomId), eq(attachments.id, key.id));
    // Should this fail too, the clean-up finds it.
    const removing = ctx.chatDb.update(attachments).set({ removedAt: sql`now()` }).where(thisOne);
    await removing.catch((err: unknown) => ctx.log.debug({ err }, 'an upload is left to the clean-up'));
    throw error;
  }
}

type Key = { roomId: string; id: string };

/** Under the lock of the own membership, so that uploads at once do not pass the limit together. */
async function reserve(ctx: Ctx, { roomId, name, file }: { roomId: string; name: string; file: Upload }): Promise<Key> {
  const { accountId } = actorOf(ctx);
  const type = attachmentTypes.find((known) => known === file.type);
  if (type === undefined) throw refuseType(attachmentTypes);
  return ctx.chatTx(async (ctx) => {
    const [member] = await ctx.chatDb
      .select({ roomId: roomMembers.roomId })
      .from(roomMembers)
      .where(and(eq(roomMembers.roomId, roomId), eq(roomMembers.accountId, accountId), isNull(roomMembers.leftAt)))
      .for('update');
    if (member === undefined) return refuseRoom(ctx, roomId);
    const ofToday = and(
      eq(attachments.roomId, roomId),
      eq(attachments.uploaderId, accountId),
      sql`${attachments.createdAt} > now() - interval '24 hours'`,
    );
    const [today] = await ctx.chatDb.select({ count: count() }).from(attachments).where(ofToday);
    if ((today?.count ?? 0) >= attachmentLimits.perRoomAndDay) {
      const detail = `A room takes ${attachmentLimits.perRoomAndDay} files of one person a day.`;
      throw new Problem('rate-limited', { detail, retryAfterS: 3600 });
    }
    const id = newId();
    const { sizeBytes } = file;
    await ctx.chatDb.insert(attachments).values({ roomId, id, uploaderId: accountId, name, type, sizeBytes });
    return { roomId, id };
  });
}

async function receive(ctx: Ctx, key: Key, upload: Upload) {
  const staged: Staging[] = [];
  try {
    const { file, size } = await takeIn(ctx.config.attachments.incomingDir, upload, staged);
    await ctx.files.put(fileKey(key), file);
    const [row] = await ctx.chatDb
      .update(attachments)
      .set({ storedAt: sql`now()`, sizeBytes: file.sizeBytes, ...size })
      .where(and(eq(attachments.roomId, key.roomId), eq(attachments.id, key.id), isNull(attachments.removedAt)))
      .returning();
    if (row === undefined) {
      // Its row went while the file came: nobody else knows of the bytes.
      await ctx.files.delete(fileKey(key));
      throw notFound();
    }
    return row;
  } finally {
    for (const file of staged) await file[Symbol.asyncDispose]();
  }
}
