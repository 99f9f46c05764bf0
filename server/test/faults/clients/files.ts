import { createHash, randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { basePath } from '@openward/contracts';
import { chunk } from '../../images.ts';
import { History } from '../history.ts';
import type { Random } from '../random.ts';
import type { HttpClient } from './http-client.ts';

export type SentFile = { roomId: string; attachmentId: string };

/** A link that opens a file, and the path of it without what all paths begin with. */
export type FileLink = SentFile & { path: string };

/** Uploads a small image or document that no other is like, until that has worked. @returns null when it is refused. */
export async function uploadUntilDone(client: HttpClient, roomId: string, signal: AbortSignal): Promise<string | null> {
  const { random, history } = client.place;
  const { type, name, bytes } = makeFile(random);
  const answer = await client.insist(async (nodeIndex) => {
    const path = `/rooms/${roomId}/attachments?name=${name}`;
    const {
      status,
      headers,
      bytes: body,
    } = await client.callRaw(client.nodeAt(nodeIndex).url, 'POST', path, { type, bytes });
    const retryAfterMs = Number(headers.get('retry-after') ?? 0) * 1000;
    return { status, requestId: null, retryAfterMs, body: status === 201 ? JSON.parse(body.toString()) : null };
  }, signal);
  if (answer === null) return null;
  const { id: attachmentId } = answer.body as { id: string };
  history.record({ kind: 'upload', ...client.who, roomId, attachmentId, sha256: hashOf(bytes) });
  return attachmentId;
}

/** Asks for a link of one's own. A refusal is written down as a download that got nothing. */
export async function askForLink(
  client: HttpClient,
  file: SentFile,
  { nodeIndex, final = false }: { nodeIndex: number; final?: boolean },
): Promise<FileLink | null> {
  const { url, name: node } = client.nodeAt(nodeIndex);
  const { roomId, attachmentId } = file;
  const askedAt = History.nowMs();
  const { status, body } = await client.call(url, 'GET', `/rooms/${roomId}/attachments/${attachmentId}`);
  if (status === 200) return { roomId, attachmentId, path: (body as { url: string }).url.slice(basePath.length) };
  const download = { kind: 'download', ...client.who, node, roomId, attachmentId } as const;
  client.place.history.record({ ...download, askedAt, status, sha256: null, final });
  return null;
}

/** Opens a link with one's own credentials, whoever it was made for. */
export async function openLink(
  client: HttpClient,
  { roomId, attachmentId, path }: FileLink,
  { nodeIndex, final = false }: { nodeIndex: number; final?: boolean },
): Promise<void> {
  const { url, name: node } = client.nodeAt(nodeIndex);
  const askedAt = History.nowMs();
  const { status, bytes } = await client.callRaw(url, 'GET', path);
  const sha256 = status === 200 ? hashOf(bytes) : null;
  const download = { kind: 'download', ...client.who, node, roomId, attachmentId } as const;
  client.place.history.record({ ...download, askedAt, status, sha256, final });
}

export async function download(
  client: HttpClient,
  file: SentFile,
  where: { nodeIndex: number; final?: boolean },
): Promise<void> {
  const link = await askForLink(client, file, where);
  if (link !== null) await openLink(client, link, where);
}

export function makeFile(random: Random): { type: string; name: string; bytes: Buffer } {
  if (random.chance(0.5)) return { type: 'image/png', name: 'knee.png', bytes: makePng() };
  const content = `%PDF-1.4\n% ${randomBytes(600).toString('hex')}\n1 0 obj<</Type/Catalog>>endobj\n`;
  const bytes = Buffer.from(`${content}trailer<</Root 1 0 R>>\n%%EOF\n`);
  return { type: 'application/pdf', name: 'letter.pdf', bytes };
}

/** Twelve by ten pixels of noise, with nothing in it that would be removed: what comes out is what went in. */
function makePng(): Buffer {
  const [width, height] = [12, 10];
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const lines = Array.from({ length: height }, () => Buffer.concat([Buffer.from([0]), randomBytes(3 * width)]));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.concat(lines));
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
