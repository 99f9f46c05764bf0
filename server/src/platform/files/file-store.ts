import type { Readable } from 'node:stream';
import { openLocalStore } from './local-store.ts';
import { openS3Store } from './s3-store.ts';

/** A file on this machine that is no longer needed where it is once it has been put. */
export type StagedFile = { path: string; sizeBytes: number };

/**
 * Where files are kept, by keys that the server made (`room/attachment`; never a caller's text). What was put is there for every
 * node; getting streams. Errors are the driver's: the call may be tried again.
 */
export type FileStore = {
  /** Takes the file over, durably, before it resolves. Again under the same key: the newer one. */
  put(key: string, file: StagedFile): Promise<void>;
  /** Null: there is none. */
  get(key: string): Promise<Readable | null>;
  /** What is not there is deleted already. */
  delete(key: string): Promise<void>;
};

/** `s3://…`, or without a URL a folder of this machine. */
export function openFileStore({ url, dir }: { url: string | null; dir: string }): FileStore {
  return url === null ? openLocalStore(dir) : openS3Store(url);
}
