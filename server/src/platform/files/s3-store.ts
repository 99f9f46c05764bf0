import { openAsBlob } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { AwsClient } from 'aws4fetch';
import type { FileStore } from './file-store.ts';

const timeoutMs = 60_000;

/** The parts of `s3://key:secret@host[:port]/bucket[/prefix][?region=…&tls=off]`, or null when it is not of that form. */
export function parseS3Url(text: string) {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const [bucket = '', ...prefix] = url.pathname.split('/').filter((part) => part !== '');
  const known = [...url.searchParams.keys()].every((name) => name === 'region' || name === 'tls');
  if (
    url.protocol !== 's3:' ||
    url.host === '' ||
    url.username === '' ||
    url.password === '' ||
    bucket === '' ||
    !known
  )
    return null;
  const tls = url.searchParams.get('tls') !== 'off';
  return {
    endpoint: `${tls ? 'https' : 'http'}://${url.host}/${[bucket, ...prefix].join('/')}`,
    accessKeyId: decodeURIComponent(url.username),
    secretAccessKey: decodeURIComponent(url.password),
    region: url.searchParams.get('region') ?? 'us-east-1',
  };
}

/** A bucket of whatever speaks the S3 protocol (AWS, MinIO, Ceph, Garage), addressed by path. Calls are signed (SigV4). */
export function openS3Store(url: string): FileStore {
  const parsed = parseS3Url(url);
  if (parsed === null) throw new Error('The URL of the attachments is not s3://key:secret@host/bucket.');
  const { endpoint, ...credentials } = parsed;
  const client = new AwsClient({ ...credentials, service: 's3', retries: 3 });

  async function call(method: string, key: string, body?: Blob): Promise<Response> {
    const signal = AbortSignal.timeout(timeoutMs);
    const reply = await client.fetch(`${endpoint}/${key}`, { method, signal, ...(body === undefined ? {} : { body }) });
    if (reply.ok || reply.status === 404) return reply;
    await reply.body?.cancel();
    throw new Error(`The store of attachments answered ${method} with ${reply.status}.`);
  }

  return {
    async put(key, { path }) {
      // A file as a blob is read as it is sent, and has a length, which S3 asks for.
      const reply = await call('PUT', key, await openAsBlob(path));
      await reply.body?.cancel();
      if (!reply.ok) throw new Error('The bucket of the attachments is not there.');
    },
    async get(key) {
      const reply = await call('GET', key);
      if (reply.ok && reply.body !== null) return Readable.fromWeb(reply.body as ReadableStream);
      await reply.body?.cancel();
      return null;
    },
    async delete(key) {
      await (await call('DELETE', key)).body?.cancel();
    },
  };
}
