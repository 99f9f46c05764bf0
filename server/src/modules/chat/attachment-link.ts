import { seal, unseal } from '#platform/crypto/seal.ts';
import type { Ctx } from '#server/context.ts';
import { attachmentLimits } from '#server/limits.ts';

/** One file, for one account, for as long as the session lives in which it was asked for. */
export type LinkTarget = { roomId: string; attachmentId: string; accountId: string; sessionId: string };

const where = { purpose: 'openward attachment links', place: 'link' };
const idBytes = 16;

/** A link that says nothing to whoever reads it, and cannot be changed or made by anybody else (AES-256-GCM). */
export function makeAttachmentLink(ctx: Ctx, target: LinkTarget): { link: string; expiresAt: string } {
  const expiresAtMs = ctx.clock.now().getTime() + attachmentLimits.linkS * 1000;
  const { roomId, attachmentId, accountId, sessionId } = target;
  const ids = [roomId, attachmentId, accountId, sessionId].map((id) => Buffer.from(id.replaceAll('-', ''), 'hex'));
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(expiresAtMs));
  const key = ctx.keys.encryption.current;
  const sealed = seal(key, where, Buffer.concat([...ids, time]));
  return { link: `${key.kid}.${sealed.toString('base64url')}`, expiresAt: new Date(expiresAtMs).toISOString() };
}

/** @returns null for one that is not ours, was altered, or has run out. */
export function openAttachmentLink(ctx: Ctx, link: string): LinkTarget | null {
  const [kid = '', sealed = ''] = link.split('.');
  const key = ctx.keys.encryption.find(kid);
  if (key === undefined) return null;
  try {
    const content = unseal(key, where, Buffer.from(sealed, 'base64url'));
    if (Number(content.readBigUInt64BE(4 * idBytes)) <= ctx.clock.now().getTime()) return null;
    const id = (index: number) => uuidOf(content.subarray(index * idBytes, (index + 1) * idBytes));
    return { roomId: id(0), attachmentId: id(1), accountId: id(2), sessionId: id(3) };
  } catch {
    return null;
  }
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
