import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type pg from 'pg';
import type { Config } from '../config.ts';
import { type DatabaseUrls, readMigrationStatus } from '../databases.ts';
import { listKeys } from '../platform/crypto/key-ring.ts';
import { connectForCopying, copyOut, listTables, nameOf, type Table } from '../platform/database/copy-tables.ts';
import type { MigrationStatus } from '../platform/database/migrations.ts';
import { openFileStore } from '../platform/files/file-store.ts';
import { readVersion } from '../platform/version.ts';
import { contentsOf, ownSchemas } from './contents.ts';
import { type BackupFile, type DatabaseBackup, type Manifest, manifestName, type TableFile } from './manifest.ts';

export type BackupOptions = {
  config: Config;
  urls: DatabaseUrls;
  folder: string;
  attachments: boolean;
  say(message: string): void;
};

/**
 * Copies both databases as they are at one moment each, the chat's first and the main one's right after, and the files of messages. Nodes go on meanwhile.
 * In that order, since rooms follow requests: a restore brings rooms that are behind in line, and could not do so the other way round.
 * @throws Error when the folder is not empty, or something could not be read. What there is then is no backup.
 */
export async function takeBackup(options: BackupOptions): Promise<Manifest> {
  const { config, urls, folder, say } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty. A backup gets a folder of its own.`);
  const keys = await listKeys({ dir: config.keysDir });
  const status = await readMigrationStatus(urls, config);
  const snapshots = { chat: await openSnapshot(urls.chat), main: await openSnapshot(urls.main) };
  say(`Taking ${folder}: the chat as of ${snapshots.chat.takenAt}, all else as of ${snapshots.main.takenAt}`);
  try {
    const chat = await copyDatabase('chat', snapshots.chat, status.chat, options);
    const main = await copyDatabase('main', snapshots.main, status.main, options);
    const attachments = options.attachments ? await copyAttachments(snapshots, options) : null;
    const used = keys.filter(({ retiredAt }) => retiredAt === null).map(({ kid, kind }) => ({ kid, kind }));
    const manifest: Manifest = { format: 1, version: readVersion(), chat, main, keys: used, attachments };
    await writeManifest(folder, manifest);
    return manifest;
  } finally {
    await Promise.all(Object.values(snapshots).map(({ client }) => client.end().catch(() => {})));
  }
}

type Snapshot = { client: pg.Client; tables: Table[]; takenAt: string };

/** From here on the connection sees the database as it is now, and nobody changes a table under it. */
async function openSnapshot(url: string): Promise<Snapshot> {
  const client = await connectForCopying(url, 'openward-backup');
  try {
    const all = await listTables(client, ownSchemas);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    for (const table of all) await client.query(`LOCK TABLE ${nameOf(table)} IN ACCESS SHARE MODE`);
    const { rows } = await client.query<{ now: string }>('SELECT statement_timestamp()::text AS now');
    // Where tables are distributed each machine has a snapshot of its own, from the first row on that it is asked for. A room is on one of them.
    for (const table of all) await client.query(`SELECT FROM ${nameOf(table)} LIMIT 1`);
    return { client, tables: all.filter((table) => contentsOf(table) !== null), takenAt: rows[0]?.now ?? '' };
  } catch (error) {
    await client.end();
    throw error;
  }
}

async function copyDatabase(
  database: 'main' | 'chat',
  { client, tables, takenAt }: Snapshot,
  { applied, unknown }: MigrationStatus,
  { folder, say }: BackupOptions,
): Promise<DatabaseBackup> {
  if (unknown.length > 0)
    throw new Error(
      `The ${database} database is of a newer version (${unknown.length} migrations): back it up with that.`,
    );
  await mkdir(join(folder, database), { mode: 0o700 });
  const files: TableFile[] = [];
  for (const table of tables) {
    const file = `${database}/${table.schema}.${table.name}.copy.gz`;
    const sink = hashed(join(folder, file));
    const rows = await copyOut(client, table, contentsOf(table)?.where, createGzip({ level: 5 }), ...sink.streams);
    files.push({ ...table, ...(await sink.done(file)), rows });
    if (rows > 0) say(`${database} ${table.schema}.${table.name}: ${rows} rows`);
  }
  const { rows: sequences } = await client.query<DatabaseBackup['sequences'][number]>(
    `SELECT schemaname AS schema, sequencename AS name, last_value::text AS value FROM pg_sequences
     WHERE schemaname = 'public' AND last_value IS NOT NULL`,
  );
  return { takenAt, migrations: applied.map(({ name, when }) => ({ name, when })), tables: files, sequences };
}

/** The files that the snapshot names. One that was removed since is missing, and will be missed by nobody: the message says so too. */
async function copyAttachments(
  { chat, main }: { chat: Snapshot; main: Snapshot },
  { config, folder, say }: BackupOptions,
): Promise<Manifest['attachments']> {
  const store = openFileStore(config.attachments);
  const { rows: ofMessages } = await chat.client.query<{ key: string }>(
    `SELECT room_id || '/' || id AS key FROM attachments WHERE stored_at IS NOT NULL AND removed_at IS NULL ORDER BY 1`,
  );
  const { rows: ofDoctors } = await main.client.query<{ key: string }>(
    `SELECT doctor_id || '/' || id AS key FROM approval_documents WHERE stored_at IS NOT NULL AND removed_at IS NULL ORDER BY 1`,
  );
  const rows = [...ofMessages, ...ofDoctors];
  const list = hashed(join(folder, 'attachments.jsonl'));
  let missing = 0;
  async function* copied() {
    for (const { key } of rows) {
      const source = await store.get(key);
      if (source === null) {
        missing += 1;
        continue;
      }
      const file = `attachments/${key}`;
      await mkdir(dirname(join(folder, file)), { recursive: true, mode: 0o700 });
      const sink = hashed(join(folder, file));
      await pipeline([source, ...sink.streams]);
      yield `${JSON.stringify({ key, ...(await sink.done(file)) })}\n`;
    }
  }
  await pipeline([Readable.from(copied()), ...list.streams]);
  say(`attachments: ${rows.length - missing} files${missing === 0 ? '' : `, ${missing} are no longer there`}`);
  return { count: rows.length - missing, missing, list: await list.done('attachments.jsonl') };
}

/** Where bytes are counted and hashed on their way to a file that only its owner can read. */
function hashed(path: string): { streams: [Transform, Writable]; done(file: string): Promise<BackupFile> } {
  const hash = createHash('sha256');
  let bytes = 0;
  const counting = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  return {
    streams: [counting, createWriteStream(path, { mode: 0o600, flags: 'wx', flush: true })],
    done: async (file) => ({ file, bytes, sha256: hash.digest('hex') }),
  };
}

/** Under its name at once or not at all. */
async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const draft = join(folder, `${manifestName}.new`);
  const file = await open(draft, 'wx', 0o600);
  await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
  await file.sync();
  await file.close();
  await rename(draft, join(folder, manifestName));
}
