import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type SessionSettings, startOptions } from './connect.ts';
import { connectionOf } from './database-url.ts';
import { type Migration, type MigrationStatus, migrationsSchema, readMigrations, readStatus } from './migrations.ts';

/** How long a migration may stand in the way of others. */
export type MigrationBudget = {
  /** So long a statement waits for a table that is in use, with everybody else who wants that table behind it; then it is tried again. */
  lockTimeoutMs: number;
  /** So long a statement may run. */
  statementTimeoutMs: number;
};

export type MigrateOptions = {
  url: string;
  /** As people call it: main, chat. */
  name: string;
  folder: string;
  session?: SessionSettings;
  budget: MigrationBudget;
  onProgress?: (message: string) => void;
  /** By number: these alone, to get a schema as an earlier version had it. */
  only?: ReadonlySet<number>;
};

/** The lock's number is arbitrary; all versions must use the same one. */
const migrationLock = 7_291_534_001;
/** So long another node that migrates is waited for. */
const patienceMs = 600_000;
const lookAgainMs = 250;
/** Tries of one migration that finds its tables in use; the pauses between them double from the first to the longest. */
const maxTries = 10;
const firstPauseMs = 250;
const longestPauseMs = 8_000;
/** SQLSTATE: a lock was not to be had in time; a deadlock; a statement took too long. */
const retryable = new Set(['55P03', '40P01']);
const tookTooLong = '57014';

/** What is applied, pending and unknown. Changes nothing. */
export function statusOf(options: Omit<MigrateOptions, 'budget'>): Promise<MigrationStatus> {
  return connected(options, (client) => readStatus(client, readMigrations(options.folder)));
}

/**
 * Brings one database to the newest schema, each migration in a transaction of its own. Safe to call from several nodes at once: one works, the
 * others wait for it and find nothing left to do.
 * @throws Error that names the migration and says what to do. What was applied before it stays; a try later goes on from there.
 */
export function migrateDatabase(options: MigrateOptions): Promise<MigrationStatus> {
  const migrations = chosenMigrations(options);
  return connected(options, async (client) => {
    const before = await readStatus(client, migrations);
    if (before.pending.length === 0) return before;
    await takeLock(client, options);
    // Somebody else may have done it while we waited.
    const { pending } = await readStatus(client, migrations);
    if (pending.length > 0) await prepareRecord(client);
    for (const migration of pending) await applyPatiently(client, migration, options);
    return readStatus(client, migrations);
  });
}

/** What would be applied to an empty database. @throws Error for a number that this version does not have. */
export function chosenMigrations({
  name,
  folder,
  only,
}: Pick<MigrateOptions, 'name' | 'folder' | 'only'>): Migration[] {
  const migrations = readMigrations(folder);
  if (only === undefined) return migrations;
  const lacking = [...only].filter((when) => !migrations.some((migration) => migration.when === when));
  if (lacking.length > 0)
    throw new Error(`${lacking.length} migrations of the ${name} database are of a newer version: use that version.`);
  return migrations.filter(({ when }) => only.has(when));
}

async function connected<T>(
  { url, session }: Pick<MigrateOptions, 'url' | 'session'>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...connectionOf(url),
    application_name: 'openward-migrate',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    options: startOptions(session),
  });
  // A connection that breaks is told by the statement that runs on it.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Asked for again and again rather than waited for, so that who waits can say so, and stops. The lock goes with the connection. */
async function takeLock(client: pg.Client, { name, onProgress }: MigrateOptions): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    const { rows } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [migrationLock]);
    if (rows[0]?.got === true) return;
    if (performance.now() > deadline)
      throw new Error(
        `The ${name} database is being migrated by ${await holderOfLock(client)} for more than ${patienceMs / 60_000} minutes. Look whether that one still works (pg_stat_activity); end it with pg_terminate_backend, and start again.`,
      );
    if (attempt === 1)
      onProgress?.(`The ${name} database is being migrated by ${await holderOfLock(client)}: waiting for it`);
    await sleep(lookAgainMs);
  }
}

async function holderOfLock(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ pid: number; address: string | null }>(
    `SELECT pid, host(client_addr) AS address FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = $1
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [migrationLock],
  );
  const [holder] = rows;
  return holder === undefined ? 'another node' : `another node (pid ${holder.pid} from ${holder.address ?? 'here'})`;
}

/** Versions before kept number and hash; they go on writing those beside this one. */
async function prepareRecord(client: pg.Client): Promise<void> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${migrationsSchema}`);
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${migrationsSchema}.applied (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
  );
  await client.query(
    `ALTER TABLE ${migrationsSchema}.applied ADD COLUMN IF NOT EXISTS name text, ADD COLUMN IF NOT EXISTS applied_at timestamptz`,
  );
}

async function applyPatiently(client: pg.Client, migration: Migration, options: MigrateOptions): Promise<void> {
  const { name: database, onProgress } = options;
  const label = `${database} ${migration.name}`;
  for (let attempt = 1, pauseMs = firstPauseMs; ; attempt += 1, pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      await apply(client, migration, options.budget);
      return;
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
      if (!retryable.has(code) || attempt === maxTries)
        throw new Error(explain(label, code, error, options.budget, await whoIsInTheWay(client)), { cause: error });
      onProgress?.(
        `${label}: a table is in use${await whoIsInTheWay(client)}; try ${attempt + 1} of ${maxTries} in ${pauseMs} ms`,
      );
      await sleep(pauseMs);
    }
  }
}

async function apply(client: pg.Client, { name, when, hash, statements }: Migration, budget: MigrationBudget) {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${budget.lockTimeoutMs}`);
    await client.query(`SET LOCAL statement_timeout = ${budget.statementTimeoutMs}`);
    for (const statement of statements) await client.query(statement);
    await client.query(
      `INSERT INTO ${migrationsSchema}.applied (hash, created_at, name, applied_at) VALUES ($1, $2, $3, now())`,
      [hash, when, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

function explain(label: string, code: string, error: unknown, budget: MigrationBudget, inTheWay: string): string {
  const kept = 'It was rolled back; what came before it stays.';
  if (retryable.has(code))
    return `The migration ${label} found a table in use ${maxTries} times, ${budget.lockTimeoutMs} ms each${inTheWay}. ${kept} Run migrate up when that has ended, or give it longer with MIGRATE_LOCK_TIMEOUT_MS.`;
  if (code === tookTooLong)
    return `The migration ${label} has a statement that ran longer than ${budget.statementTimeoutMs / 1000} s. ${kept} Run migrate up in a quiet hour with a higher MIGRATE_STATEMENT_TIMEOUT_S.`;
  return `The migration ${label} failed: ${error instanceof Error ? error.message : String(error)}. ${kept}`;
}

/** The transaction that is open longest: most likely the one that holds the table. Nothing when it cannot be asked. */
async function whoIsInTheWay(client: pg.Client): Promise<string> {
  try {
    const { rows } = await client.query<{ pid: number; application: string; seconds: number }>(
      `SELECT pid, application_name AS application, round(extract(epoch FROM clock_timestamp() - xact_start))::int AS seconds
       FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
         AND backend_type = 'client backend' ORDER BY xact_start LIMIT 1`,
    );
    const [oldest] = rows;
    return oldest === undefined
      ? ''
      : ` (longest open: pid ${oldest.pid}, ${oldest.application === '' ? 'unnamed' : oldest.application}, ${oldest.seconds} s)`;
  } catch {
    return '';
  }
}

/**
 * Makes the database of a URL when the server does not have it yet.
 * @throws Error that says what to do when this user may not.
 */
export async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ ...connectionOf(adminUrl), connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if (error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505')) return;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The database "${name}" is not there and could not be made (${why}). Make it with CREATE DATABASE, or set CHAT_DATABASE_URL to another.`,
      { cause: error },
    );
  } finally {
    await client.end();
  }
}
