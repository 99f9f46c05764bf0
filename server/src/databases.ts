import { fileURLToPath } from 'node:url';
import { type Config, defaultMigrationBudget as defaultBudget } from './config.ts';
import { waitForDatabase } from './platform/database/connect.ts';
import { parseDatabaseUrl } from './platform/database/database-url.ts';
import { attachEmbeddedPostgres, startEmbeddedPostgres } from './platform/database/embedded-postgres.ts';
import { chosenMigrations, ensureDatabase, migrateDatabase, statusOf } from './platform/database/migrate.ts';
import type { MigrationStatus } from './platform/database/migrations.ts';

export type DatabaseUrls = { main: string; chat: string };
export type Databases = { urls: DatabaseUrls; close(): Promise<void> };

const names = { main: 'openward', chat: 'openward_chat' };
const waitMs = 30_000;

/**
 * The two databases, there and answering: the given ones, or the embedded Postgres under DATA_DIR, which is then ours until
 * `close`. One that is away is waited for, up to 30 s or until `signal`.
 * @throws Error with one clear line.
 */
export async function openDatabases(
  config: Config,
  onProgress: (message: string) => void,
  signal?: AbortSignal,
): Promise<Databases> {
  if (config.databases === null) return openEmbedded(config, onProgress);
  const { main } = config.databases;
  const waiting = { timeoutMs: waitMs, onWaiting: onProgress, signal };
  await waitForDatabase({ url: main, name: 'main', ...waiting });
  const chat = config.databases.chat ?? (await chatBeside(main));
  await waitForDatabase({ url: chat, name: 'chat', ...waiting });
  return { urls: { main, chat }, close: async () => {} };
}

/** Without CHAT_DATABASE_URL: the database `openward_chat` on the main server, made when it is missing. */
async function chatBeside(main: string): Promise<string> {
  await ensureDatabase(main, names.chat);
  return parseDatabaseUrl(main)?.database(names.chat) ?? main;
}

async function openEmbedded(config: Config, onProgress: (message: string) => void): Promise<Databases> {
  const postgres = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    databases: Object.values(names),
    onProgress,
  });
  return { urls: { main: postgres.url(names.main), chat: postgres.url(names.chat) }, close: () => postgres.stop() };
}

/** For a command beside a server that may be running on the same DATA_DIR: uses its Postgres, else starts it for a while. */
export async function borrowDatabases(config: Config, onProgress: (message: string) => void): Promise<Databases> {
  const running = config.databases === null ? await attachEmbeddedPostgres({ dataDir: config.dataDir }) : null;
  if (running === null) return openDatabases(config, onProgress);
  const urls = { main: running.url(names.main), chat: running.url(names.chat) };
  await waitForDatabase({ url: urls.main, name: 'main', timeoutMs: waitMs, onWaiting: onProgress });
  return { urls, close: async () => {} };
}

export type MigrationSettings = Partial<Pick<Config, 'chatDistributed' | 'migrations'>>;
type Database = keyof DatabaseUrls;

/** Brings both to the newest schema; several nodes may do so at once. */
export async function migrateDatabases(
  urls: DatabaseUrls,
  settings: MigrationSettings = {},
  { onProgress, only }: { onProgress?: (message: string) => void; only?: Record<Database, ReadonlySet<number>> } = {},
): Promise<Record<Database, MigrationStatus>> {
  const budget = settings.migrations ?? defaultBudget;
  const [main, chat] = await Promise.all(
    migrationsOf(urls, settings).map((options) =>
      migrateDatabase({
        ...options,
        budget,
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(only === undefined ? {} : { only: only[options.name] }),
      }),
    ),
  );
  if (main === undefined || chat === undefined) throw new Error('There are two databases.');
  return { main, chat };
}

/** @throws Error for migrations, by number, that this version does not have. */
export function requireMigrations(only: Record<Database, ReadonlySet<number>>): void {
  for (const name of ['main', 'chat'] as const) chosenMigrations({ name, folder: folderOf(name), only: only[name] });
}

/** What is applied, pending and unknown in each. Changes nothing. */
export async function readMigrationStatus(
  urls: DatabaseUrls,
  settings: MigrationSettings,
): Promise<Record<Database, MigrationStatus>> {
  const [main, chat] = await Promise.all(migrationsOf(urls, settings).map(statusOf));
  if (main === undefined || chat === undefined) throw new Error('There are two databases.');
  return { main, chat };
}

/**
 * What a start needs: the newest schema, made now, or where MIGRATE_ON_START is off made before by somebody else.
 * @throws Error that names what is missing.
 */
export async function requireNewestSchema(
  urls: DatabaseUrls,
  config: Config,
  onProgress: (message: string) => void,
): Promise<void> {
  const status = config.migrations.onStart
    ? await migrateDatabases(urls, config, { onProgress })
    : await readMigrationStatus(urls, config);
  for (const [name, { pending, unknown }] of Object.entries(status)) {
    if (pending.length > 0)
      throw new Error(
        `The ${name} database lacks ${pending.map((one) => one.name).join(', ')}, and MIGRATE_ON_START is off. Run migrate up first.`,
      );
    if (unknown.length > 0)
      onProgress(
        `The ${name} database has ${unknown.length} migration${unknown.length === 1 ? '' : 's'} of a newer version (${unknown.map((one) => one.name ?? one.when).join(', ')}): fine while an update is rolled out or back`,
      );
  }
}

function folderOf(name: Database): string {
  return fileURLToPath(new URL(`../migrations/${name}`, import.meta.url));
}

function migrationsOf({ main, chat }: DatabaseUrls, { chatDistributed = false }: MigrationSettings) {
  // Read by the first migration of the chat, which lays out its tables for one machine or for many.
  const session = { 'openward.chat_distributed': chatDistributed ? 'citus' : 'off' };
  return [
    { url: main, name: 'main', folder: folderOf('main') },
    { url: chat, name: 'chat', folder: folderOf('chat'), session },
  ] as const;
}
