import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { type Cluster, SUPERUSER } from './cluster.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/**
 * Owning a cluster is holding a session-level advisory lock in it, on a connection of its own. However the owner ends,
 * PostgreSQL sees the connection close and frees the lock: nothing stale can remain.
 */
export type Ownership = {
  /** Makes the databases that are not there yet. */
  createMissing(databases: readonly string[]): Promise<void>;
  /** Called once, when the connection and with it the lock is lost, or let go. */
  onLost(listener: () => void): void;
  release(): Promise<void>;
};

/** Any pair will do, so long as it never changes: "open", "ward" in ASCII. */
const LOCK_KEYS = [0x6f_70_65_6e, 0x77_61_72_64] as const;
const CONNECT_TIMEOUT_MS = 5_000;
/** A killed owner's lock is freed as soon as PostgreSQL has read the end of its connection. */
const LOCK_ATTEMPTS = 10;
const LOCK_RETRY_MS = 100;

/**
 * Takes the cluster that listens on this port. Signing in proves both sides: SCRAM tells us, too, that the server knows
 * the password.
 * @returns 'taken' when another process owns it; 'unreachable' while it starts, stops or is full
 */
export async function takeOwnership(cluster: Cluster, port: number): Promise<Ownership | 'taken' | 'unreachable'> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password: cluster.password,
    database: 'postgres',
    application_name: 'openward owner',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  const lost = Promise.withResolvers<void>();
  client.once('end', lost.resolve);
  client.on('error', () => lost.resolve());
  try {
    await client.connect();
    await client.query('SET idle_session_timeout = 0');
    if (await takeLock(client)) return ownership(client, lost.promise);
    await client.end();
    return 'taken';
  } catch (error) {
    await client.end().catch(() => undefined);
    if (error instanceof DatabaseError && error.code?.startsWith('28')) {
      throw new EmbeddedPostgresError(
        `The database in ${cluster.folder} does not accept the password in ${cluster.dataDir}/postgres-password. Restore that file from a backup.`,
      );
    }
    return 'unreachable';
  }
}

async function takeLock(client: Client): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS taken', [
      ...LOCK_KEYS,
    ]);
    if (rows[0]?.taken) return true;
    if (attempt === LOCK_ATTEMPTS) return false;
    await sleep(LOCK_RETRY_MS);
  }
}

function ownership(client: Client, lost: Promise<void>): Ownership {
  return {
    async createMissing(databases) {
      const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
      const present = new Set(rows.map((row) => row.datname));
      for (const name of databases) {
        if (!present.has(name)) await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
      }
    },
    onLost(listener) {
      void lost.then(listener);
    },
    async release() {
      // The server may have closed it already.
      await client.end().catch(() => undefined);
    },
  };
}
