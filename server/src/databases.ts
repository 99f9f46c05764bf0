import { fileURLToPath } from 'node:url';
import type { Config } from './config.ts';
import { waitForDatabase } from './platform/database/connect.ts';
import { attachEmbeddedPostgres, startEmbeddedPostgres } from './platform/database/embedded-postgres.ts';
import { ensureDatabase, migrateDatabase } from './platform/database/migrate.ts';

export type DatabaseUrls = { main: string; chat: string };
export type Databases = { urls: DatabaseUrls; close(): Promise<void> };

const names = { main: 'openward', chat: 'openward_chat' };
const waitMs = 30_000;

/**
 * The two databases, there and answering: the given ones, or the embedded Postgres under DATA_DIR, which is then ours until
 * `close`. One that is away is waited for, up to 30 s.
 * @throws Error with one clear line.
 */
export async function openDatabases(config: Config, onProgress: (message: string) => void): Promise<Databases> {
  if (config.databases === null) return openEmbedded(config, onProgress);
  const { main } = config.databases;
  await waitForDatabase({ url: main, name: 'main', timeoutMs: waitMs, onWaiting: onProgress });
  const chat = config.databases.chat ?? (await chatBeside(main));
  await waitForDatabase({ url: chat, name: 'chat', timeoutMs: waitMs, onWaiting: onProgress });
  return { urls: { main, chat }, close: async () => {} };
}

/** Without CHAT_DATABASE_URL: the database `openward_chat` on the main server, made when it is missing. */
async function chatBeside(main: string): Promise<string> {
  await ensureDatabase(main, names.chat);
  const url = new URL(main);
  url.pathname = `/${names.chat}`;
  return url.href;
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

/** Brings both to the newest schema; several nodes may do so at once. */
export async function migrateDatabases(
  { main, chat }: DatabaseUrls,
  { chatDistributed = false }: { chatDistributed?: boolean } = {},
): Promise<void> {
  // Read by the first migration of the chat, which lays out its tables for one machine or for many.
  const session = { 'openward.chat_distributed': chatDistributed ? 'citus' : 'off' };
  await Promise.all([
    migrateDatabase({ url: main, folder: fileURLToPath(new URL('../migrations/main', import.meta.url)) }),
    migrateDatabase({ url: chat, folder: fileURLToPath(new URL('../migrations/chat', import.meta.url)), session }),
  ]);
}
