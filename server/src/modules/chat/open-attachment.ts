import type { openAttachment as contract, InputOf } from '@openward/contracts';
import type { Http } from '#platform/http/route.ts';
import { sendFile } from '#platform/http/send-file.ts';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { accessCookie, authenticateToken, findLiveSessions } from '#server/modules/identity/index.ts';
import { type LinkTarget, openAttachmentLink } from './attachment-link.ts';
import { fileKey, findAttachment } from './attachment-view.ts';

/**
 * The bytes behind a link. It speaks for the account that asked for it, so what that account may see is asked anew: its session is
 * live, it is in the room, the file was not taken back. Who comes with other credentials than that account's gets nothing.
 * What comes is never shown as a page of this site, whatever is in it.
 * @throws Problem 404 for every reason.
 */
export async function openAttachment(ctx: Ctx, { link }: InputOf<typeof contract>, http: Http): Promise<undefined> {
  const target = openAttachmentLink(ctx, link);
  if (target === null || (await isSomebodyElse(ctx, http, target))) throw notFound();
  const { roomId, attachmentId, accountId, sessionId } = target;
  const session = (await findLiveSessions(ctx, [sessionId])).get(sessionId);
  const found = await findAttachment(ctx, { roomId, id: attachmentId, accountId });
  if (session?.approved !== true || found === null) throw notFound();
  const { row, role } = found;
  const reader = ctx.as({ accountId, sessionId, role, approved: true, factorMissing: false });
  await audit(reader, { action: 'attachment.read', subjectType: 'room', subjectId: roomId, details: { attachmentId } });
  const content = await ctx.files.get(fileKey(row));
  if (content === null) {
    ctx.log.error({ roomId, attachmentId }, 'the bytes of an attachment are missing');
    throw notFound();
  }
  sendFile(http, content, row);
}

/** A link is enough where neither cookie nor header can be sent; a token that is no good is none. */
async function isSomebodyElse(ctx: Ctx, http: Http, { accountId }: LinkTarget): Promise<boolean> {
  const [, bearer] = /^Bearer (\S+)$/i.exec(String(http.headers['authorization'] ?? '')) ?? [];
  const token = bearer ?? http.cookie(accessCookie);
  if (token === undefined) return false;
  const caller = await authenticateToken(ctx, token).catch(() => null);
  return caller !== null && caller.actor.accountId !== accountId;
}
