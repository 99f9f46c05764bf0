import type { openAttachment as contract, InputOf } from '@openward/contracts';
import type { Http } from '#platform/http/route.ts';
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
  http.header('content-type', row.type);
  http.header('content-length', String(row.sizeBytes));
  http.header('content-disposition', disposition(withExtension(row.name, row.type)));
  http.header('content-security-policy', "sandbox; default-src 'none'; frame-ancestors 'none'");
  http.header('cache-control', 'no-store');
  http.stream(content);
}

/** A link is enough where neither cookie nor header can be sent; a token that is no good is none. */
async function isSomebodyElse(ctx: Ctx, http: Http, { accountId }: LinkTarget): Promise<boolean> {
  const [, bearer] = /^Bearer (\S+)$/i.exec(String(http.headers['authorization'] ?? '')) ?? [];
  const token = bearer ?? http.cookie(accessCookie);
  if (token === undefined) return false;
  const caller = await authenticateToken(ctx, token).catch(() => null);
  return caller !== null && caller.actor.accountId !== accountId;
}

const extensions: Record<string, RegExp> = {
  'image/jpeg': /\.jpe?g$/i,
  'image/png': /\.png$/i,
  'image/webp': /\.webp$/i,
  'image/gif': /\.gif$/i,
  'application/pdf': /\.pdf$/i,
};

/** A name that ends as its type does, so that no desktop opens an image as a program. */
function withExtension(name: string, type: string): string {
  return extensions[type]?.test(name) === true ? name : `${name}.${type.replace(/^.*\//, '').replace('jpeg', 'jpg')}`;
}

/** To be saved, not shown (RFC 6266). Marks that turn the direction of text could hide what a name ends in. */
function disposition(name: string): string {
  const safe = name.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]/gu, '_');
  const encoded = encodeURIComponent(safe).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${safe.replaceAll(/[^\w. -]/g, '_')}"; filename*=UTF-8''${encoded}`;
}
