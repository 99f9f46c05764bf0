import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Part } from '../images/kept.ts';
import type { StagedFile } from './file-store.ts';

/** A file in a folder of the server's own, until it is disposed of. */
export type Staging = StagedFile & AsyncDisposable;

async function place(dir: string): Promise<{ path: string } & AsyncDisposable> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, randomUUID());
  return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

/** Writes what comes in to disk as it comes. @throws the stream's error when the sender goes away. */
export async function stageStream(dir: string, content: Readable): Promise<Staging> {
  const file = await place(dir);
  try {
    await pipeline(content, createWriteStream(file.path, { mode: 0o600, flags: 'wx' }));
    return { ...file, sizeBytes: (await stat(file.path)).size };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

/** Another file out of parts of one that is open. */
export async function stageParts(dir: string, source: FileHandle, parts: readonly Part[]): Promise<Staging> {
  const file = await place(dir);
  try {
    await pipeline(readParts(source, parts), createWriteStream(file.path, { mode: 0o600, flags: 'wx' }));
    return { ...file, sizeBytes: (await stat(file.path)).size };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

const chunkBytes = 64 * 1024;

async function* readParts(source: FileHandle, parts: readonly Part[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    if (Buffer.isBuffer(part)) {
      yield part;
      continue;
    }
    for (let at = part.from; at < part.to; ) {
      const buffer = Buffer.alloc(Math.min(chunkBytes, part.to - at));
      const { bytesRead } = await source.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new Error('A staged file became shorter.');
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

/** What a node that died in the middle left behind. */
export async function dropStale(dir: string, olderThanMs: number): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  for (const name of names) {
    const path = join(dir, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > olderThanMs) await rm(path, { force: true });
  }
}

/** For whoever looks into a staged file at places. */
export function openStaged({ path }: StagedFile): Promise<FileHandle> {
  return open(path);
}
