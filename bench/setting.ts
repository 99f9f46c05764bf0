import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../server/src/platform/database/embedded-postgres.ts';

/**
 * Runs a measurement in a folder of its own, with a PostgreSQL of its own that has these databases.
 * @param kept a folder that stays, with what is in its databases.
 */
export async function inSetting(
  databases: string[],
  measure: (folder: string, postgres: EmbeddedPostgres) => Promise<void>,
  kept?: string,
): Promise<void> {
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'openward-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir: folder, databases, onProgress: () => {} });
  try {
    await measure(folder, postgres);
  } finally {
    await postgres.stop();
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** A load is more than a node does well, from one address, on connections that are never closed: that is what it is for. */
const many = 1_000_000_000;
const unbounded = {
  http: { requestsPerConnection: many, connectionsPerAddress: many },
  load: { delayMs: many, databaseWaitMs: many, waitingMessages: many, underWay: many },
};

/** The settings of a server that is measured. `limits` as in LIMITS_FILE: those that the load would run into. */
export function environmentOf(folder: string, urls: { main: string; chat: string }, limits: object) {
  const limitsFile = join(folder, 'limits.json');
  writeFileSync(limitsFile, JSON.stringify({ ...unbounded, ...limits }));
  return {
    NODE_ENV: 'test',
    PORT: '0',
    PUBLIC_URL: 'http://localhost:3000',
    DATABASE_URL: urls.main,
    CHAT_DATABASE_URL: urls.chat,
    KEYS_DIR: join(folder, 'keys'),
    BCRYPT_COST: '4',
    // As in production, but that a load from one address is not held up.
    ABUSE_DETECTION: 'watch',
    LIMITS_FILE: limitsFile,
  };
}
