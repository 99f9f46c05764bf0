import { basePath, type getAttachment as contract, type InputOf, type ReplyOf } from '@openward/contracts';
import { notFound } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { auditReading, roomFor } from './access.ts';
import { makeAttachmentLink } from './attachment-link.ts';
import { findAttachment, viewAttachment } from './attachment-view.ts';

/** A file of a room and a link that opens it. @throws Problem 404, for what was taken back too. */
export async function getAttachment(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { id: roomId, attachmentId } = input;
  const { accountId, sessionId } = actorOf(ctx);
  const room = await roomFor(ctx, roomId);
  const found = await findAttachment(ctx, { roomId, id: attachmentId, accountId });
  if (found === null) throw notFound();
  await auditReading(ctx, room, { attachmentId });
  const { link, expiresAt } = makeAttachmentLink(ctx, { roomId, attachmentId, accountId, sessionId });
  return { ...viewAttachment(found.row), url: `${basePath}/chat/attachments/${link}`, expiresAt };
}
