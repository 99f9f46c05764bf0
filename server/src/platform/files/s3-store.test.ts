import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import aws4 from 'aws4';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openFileStore } from './file-store.ts';
import { parseS3Url } from './s3-store.ts';

// A bucket as the protocol describes it, over HTTP, that checks signatures by another implementation than the one that makes them.

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const objects = new Map<string, Buffer>();
let failures = 0;
let lengths: (string | undefined)[] = [];
let dir: string;
let url: string;

const server = createServer((request, reply) => void answer(request, reply));

/** What the signature of this call has to be (SigV4), computed anew from what arrived. */
function isSigned({ method = '', url: path = '', headers }: IncomingMessage): boolean {
  const { host, authorization } = headers;
  const signedNames = /SignedHeaders=([^,]+)/.exec(authorization ?? '')?.[1]?.split(';') ?? [];
  const signed = Object.fromEntries(signedNames.map((name) => [name, String(headers[name])]));
  const call = { method, path, host: String(host), service: 's3', region: 'eu-west-3', headers: signed };
  const expected = aws4.sign(call, credentials).headers?.['Authorization'];
  const signature = (text: unknown) => /Signature=([0-9a-f]{64})/.exec(String(text))?.[1];
  return signature(authorization) !== undefined && signature(expected) === signature(authorization);
}

async function answer(request: IncomingMessage, reply: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const end = (status: number, content?: Buffer) => void reply.writeHead(status).end(content);
  if (failures > 0) {
    failures -= 1;
    return end(503);
  }
  if (!isSigned(request)) return end(403);
  const key = request.url ?? '';
  const found = objects.get(key);
  if (request.method === 'PUT') {
    lengths.push(request.headers['content-length']);
    objects.set(key, body);
    return end(200);
  }
  if (request.method === 'DELETE') {
    objects.delete(key);
    return end(204);
  }
  return found === undefined ? end(404) : end(200, found);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openward-s3-'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const secret = encodeURIComponent(credentials.secretAccessKey);
  url = `s3://${credentials.accessKeyId}:${secret}@127.0.0.1:${port}/clinic/attachments?region=eu-west-3&tls=off`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  objects.clear();
  failures = 0;
  lengths = [];
});

const content = Buffer.alloc(300_000, 'some bytes ');
async function staged() {
  const path = join(dir, 'staged');
  await writeFile(path, content);
  return { path, sizeBytes: content.length };
}

describe.each(['s3', 'local'] as const)('the store %s', (kind) => {
  const open = () => openFileStore({ url: kind === 's3' ? url : null, dir: join(dir, 'store') });

  it('gives back what was put, until it is deleted; what is not there is nothing', async () => {
    const store = open();
    const key = '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11/01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d12';
    expect(await store.get(key)).toBeNull();
    await store.put(key, await staged());
    const found = await store.get(key);
    expect(found === null ? null : (await buffer(found)).equals(content)).toBe(true);
    await store.put(key, await staged());
    await store.delete(key);
    await store.delete(key);
    expect(await store.get(key)).toBeNull();
  });
});

describe('the store in S3', () => {
  it('is spoken to with signatures that hold, below the bucket and prefix, with a length', async () => {
    await openFileStore({ url, dir }).put('room/file', await staged());
    expect([...objects.keys()]).toEqual(['/clinic/attachments/room/file']);
    expect(lengths).toEqual([String(content.length)]);
    const wrong = openFileStore({ url: url.replace('AKIDEXAMPLE:w', 'AKIDEXAMPLE:x'), dir });
    await expect(wrong.get('room/file')).rejects.toThrow('403');
    await expect(wrong.put('room/file', await staged())).rejects.toThrow('403');
  });

  it('is asked again when it was away for a moment', async () => {
    const store = openFileStore({ url, dir });
    failures = 2;
    await store.put('room/file', await staged());
    expect(objects.size).toBe(1);
  });
});

describe('the store in a folder', () => {
  it('takes no key that leads elsewhere', async () => {
    const store = openFileStore({ url: null, dir: join(dir, 'store') });
    for (const key of ['../staged', '/etc/passwd', 'a/../../staged', 'A', 'a b', '']) {
      await expect((async () => store.get(key))()).rejects.toThrow('A key is made of ids.');
    }
  });
});

it.each([
  's3://bucket',
  's3://key@host/bucket',
  's3://key:secret@host',
  's3://key:secret@host/',
  's3://key:secret@host/bucket?more=1',
  'https://key:secret@host/bucket',
])('%s is refused as a setting', (text) => {
  expect(parseS3Url(text)).toBeNull();
});
