import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import type pg from 'pg';
import type { Config } from '../config.ts';
import { type DatabaseUrls, migrateDatabases, requireMigrations } from '../databases.ts';
import { listKeys } from '../platform/crypto/key-ring.ts';
import {
  connectForCopying,
  copyIn,
  listTables,
  listTriggered,
  nameOf,
  type Table,
} from '../platform/database/copy-tables.ts';
import { openFileStore } from '../platform/files/file-store.ts';
import { startJobs } from '../platform/jobs/jobs.ts';
import { createLog } from '../platform/log.ts';
import { jobKinds } from '../roles.ts';
import { ownSchemas } from './contents.ts';
import { type BackupFile, type DatabaseBackup, type Manifest, readManifest, verifyFile } from './manifest.ts';

export type RestoreOptions = {
  config: Config;
  urls: DatabaseUrls;
  folder: string;
  /** Empties databases that are not empty. */
  force: boolean;
  say(message: string): void;
};

const names = ['chat', 'main'] as const;

/**
 * Puts a backup into two empty databases and the store of attachments. Everything is looked at first: checksums, keys, versions, emptiness, and that no
 * node runs. What follows on it (rooms in line with requests, sessions ended) is the caller's, as `finish`.
 * @throws Error that says what is wrong; before the first change if it can be known by then, and after it what to do.
 */
export async function restoreBackup(options: RestoreOptions, finish: () => Promise<void>): Promise<void> {
  const { config, urls, folder, force, say } = options;
  const manifest = await readManifest(folder);
  say('Comparing checksums');
  const files = await filesOf(folder, manifest);
  for (const file of files) await verifyFile(folder, file);
  await requirePepper(config, manifest);
  requireMigrations(migrationsOf(manifest));
  const clients = {
    chat: await connectForCopying(urls.chat, 'openward-restore'),
    main: await connectForCopying(urls.main, 'openward-restore'),
  };
  try {
    for (const name of names) await requireQuiet(clients[name], name);
    for (const name of names) await requireEmpty(clients[name], name, force);
    await changing(async () => {
      await putBack(options, manifest, clients);
      await finish();
    });
  } finally {
    await Promise.all(Object.values(clients).map((client) => client.end().catch(() => {})));
  }
}

/** From here on what breaks leaves something half done. */
async function changing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${why}\nThe restore is not complete, and sessions that had been ended may live in it: start no node. Mend this, and run it again with --force.`,
      { cause },
    );
  }
}

async function putBack(
  options: RestoreOptions,
  manifest: Manifest,
  clients: Record<(typeof names)[number], pg.Client>,
): Promise<void> {
  const { config, urls, force, say } = options;
  if (force) for (const name of names) await empty(clients[name], name === 'chat' && config.chatDistributed);
  await restoreAttachments(options, manifest);
  // The schema as it was, the data, and then what this version has added since.
  await migrateDatabases(urls, config, { onProgress: say, only: migrationsOf(manifest) });
  const jobs = await startJobs({
    url: urls.main,
    kinds: await jobKinds(),
    worker: false,
    log: createLog({ ...config, logLevel: 'warn' }),
  });
  await jobs.stop();
  for (const name of names) await fill(clients[name], name, manifest[name], options);
  await migrateDatabases(urls, config, { onProgress: say });
}

type AttachmentLine = BackupFile & { key: string };

async function filesOf(folder: string, { chat, main, attachments }: Manifest): Promise<BackupFile[]> {
  const tables = [...chat.tables, ...main.tables];
  if (attachments === null) return tables;
  await verifyFile(folder, attachments.list);
  return [...tables, ...(await readAttachments(folder))];
}

async function readAttachments(folder: string): Promise<AttachmentLine[]> {
  const lines = (await readFile(join(folder, 'attachments.jsonl'), 'utf8')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AttachmentLine);
}

function migrationsOf({ chat, main }: Manifest): { chat: Set<number>; main: Set<number> } {
  const numbers = ({ migrations }: DatabaseBackup) => new Set(migrations.map(({ when }) => when));
  return { chat: numbers(chat), main: numbers(main) };
}

/** Passwords and second factors are worth nothing without it, so that is said before anything is changed. */
async function requirePepper({ keysDir }: Config, { keys }: Manifest): Promise<void> {
  const have = new Set((await listKeys({ dir: keysDir }).catch(() => [])).map(({ kid }) => kid));
  const pepper = keys.find(({ kind }) => kind === 'pepper');
  if (pepper !== undefined && !have.has(pepper.kid))
    throw new Error(
      `KEYS_DIR (${keysDir}) lacks the pepper ${pepper.kid}, without which nobody can log in. Keys are backed up apart: put them there first.`,
    );
}

async function requireQuiet(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ who: string }>(
    `SELECT DISTINCT application_name AS who FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND application_name LIKE 'openward-%' AND application_name NOT IN ('openward-restore', 'openward-watch')`,
  );
  if (rows.length > 0)
    throw new Error(
      `The ${name} database is in use (${rows.map(({ who }) => who).join(', ')}). Stop every node first.`,
    );
}

async function requireEmpty(client: pg.Client, name: string, force: boolean): Promise<void> {
  if (force || (await listTables(client, ownSchemas)).length === 0) return;
  throw new Error(
    `The ${name} database is not empty. Restore into an empty one, or say --force: what is in there is then lost.`,
  );
}

/** Citus has something of its own in `public`, and would go with it: there each table is dropped. */
async function empty(client: pg.Client, isDistributed: boolean): Promise<void> {
  const tables = isDistributed ? await listTables(client, ['public']) : [];
  for (const table of tables.toReversed()) await client.query(`DROP TABLE ${nameOf(table)}`);
  const schemas = isDistributed ? ownSchemas.filter((schema) => schema !== 'public') : ownSchemas;
  for (const schema of schemas) await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await client.query('CREATE SCHEMA IF NOT EXISTS public');
}

/** All of a database in one transaction; what migrations put into tables is replaced by what was there. */
async function fill(
  client: pg.Client,
  database: string,
  { tables, sequences }: DatabaseBackup,
  { folder, say }: RestoreOptions,
): Promise<void> {
  const there = new Map((await listTables(client, ownSchemas)).map((table) => [nameOf(table), table]));
  await client.query('BEGIN');
  const own = tables.filter(({ schema }) => schema !== 'jobs');
  const triggered = await listTriggered(client);
  const guarded = own.filter((table) => triggered.has(nameOf(table)));
  // They are about changes, and this is none. Those that guard references stay.
  for (const table of guarded) await client.query(`ALTER TABLE ${nameOf(table)} DISABLE TRIGGER USER`);
  for (const table of own.toReversed()) await client.query(`DELETE FROM ${nameOf(table)}`);
  for (const file of tables) {
    requireColumns(file, there.get(nameOf(file)));
    const rows = await copyIn(client, file, createReadStream(join(folder, file.file)), createGunzip());
    if (rows !== file.rows) throw new Error(`${file.file} has ${rows} rows instead of ${file.rows}.`);
    if (rows > 0) say(`${database} ${file.schema}.${file.name}: ${rows} rows`);
  }
  for (const table of guarded) await client.query(`ALTER TABLE ${nameOf(table)} ENABLE TRIGGER USER`);
  if (database === 'main') {
    // What had begun begins again. What pg-boss had sent to itself, once a minute for a moment, its own clock sends anew, into a queue that is not there yet.
    await client.query(`UPDATE jobs.job SET state = 'retry' WHERE state = 'active'`);
    await client.query(`DELETE FROM jobs.job WHERE starts_with(name, '__pgboss__')`);
  }
  for (const sequence of sequences)
    await client.query('SELECT setval($1::regclass, $2::bigint)', [nameOf(sequence), sequence.value]);
  await client.query('COMMIT');
  await client.query('ANALYZE');
}

function requireColumns(
  { file, columns }: { file: string; columns: readonly string[] },
  table: Table | undefined,
): void {
  const missing = columns.filter((column) => table?.columns.includes(column) !== true);
  if (missing.length > 0)
    throw new Error(
      `${file} has columns that this version does not know (${missing.join(', ')}). Use the version of the backup.`,
    );
}

async function restoreAttachments({ config, folder, say }: RestoreOptions, { attachments }: Manifest): Promise<void> {
  if (attachments === null) return say('The backup was taken without attachments: they have to be there already.');
  const { incomingDir } = config.attachments;
  const store = openFileStore(config.attachments);
  await mkdir(incomingDir, { recursive: true, mode: 0o700 });
  for (const [index, { key, file, bytes }] of (await readAttachments(folder)).entries()) {
    // The store takes over what it is given; the backup stays.
    const path = join(incomingDir, `restore-${process.pid}-${index}`);
    await copyFile(join(folder, file), path);
    await store.put(key, { path, sizeBytes: bytes });
  }
  say(`attachments: ${attachments.count} files`);
}
