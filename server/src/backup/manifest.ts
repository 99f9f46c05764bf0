import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Table } from '../platform/database/copy-tables.ts';

/** A file of a backup, by its path below the folder. */
export type BackupFile = { file: string; bytes: number; sha256: string };
export type TableFile = BackupFile & Table & { rows: number };

export type DatabaseBackup = {
  /** When the snapshot was taken, by the database's own clock. All of the data is of that moment. */
  takenAt: string;
  migrations: { name: string; when: number }[];
  tables: TableFile[];
  /** How far numbers had been given out. */
  sequences: { schema: string; name: string; value: string }[];
};

/** What a backup is made of. Written last: a folder without it is none. */
export type Manifest = {
  format: 1;
  /** Of Openward. */
  version: string;
  chat: DatabaseBackup;
  main: DatabaseBackup;
  /** The keys that were in use: they are not in here. Without the pepper of this id nobody can log in. */
  keys: { kid: string; kind: string }[];
  /** Null: left out. `list` has a line for each file. */
  attachments: { count: number; missing: number; list: BackupFile } | null;
};

export const manifestName = 'manifest.json';

/** @throws Error when the folder holds no backup, or one that this version cannot read. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch(() => null);
  if (text === null)
    throw new Error(`${folder} holds no backup: ${manifestName} is missing. One that was broken off has none either.`);
  const manifest = JSON.parse(text) as Manifest;
  if (manifest.format !== 1)
    throw new Error(
      `${folder} is of format ${manifest.format}, made by version ${manifest.version}: use that version.`,
    );
  return manifest;
}

/** @throws Error naming the first file that is not as it was written. */
export async function verifyFile(folder: string, { file, bytes, sha256 }: BackupFile): Promise<void> {
  const hash = createHash('sha256');
  let read = 0;
  try {
    await pipeline(createReadStream(join(folder, file)), async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) {
        hash.update(piece);
        read += piece.length;
      }
    });
  } catch (error) {
    throw new Error(
      `${join(folder, file)} cannot be read (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
  if (read !== bytes || hash.digest('hex') !== sha256)
    throw new Error(`${join(folder, file)} is damaged: it is not what its checksum says. Use another backup.`);
}
