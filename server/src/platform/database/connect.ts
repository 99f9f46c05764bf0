import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { beginLate } from './begin-late.ts';
import { connectionOf, parseDatabaseUrl } from './database-url.ts';
import { endSilent } from './silence.ts';
import { TimedPool } from './timed-pool.ts';
import { traceStatements } from './traced-statements.ts';

/** A drizzle handle: the pool, or a transaction on it. */
export type Db = NodePgDatabase;

export type DatabasePool = { db: Db; pool: pg.Pool; close(): Promise<void> };

/**
 * Time limits, so that a call fails within 5 s when the database is away, on a busy machine too: 3.5 s to get a connection, 3.5 s for a statement
 * (the server's own limit first, the client's when the server no longer speaks).
 */
const connectTimeoutMs = 3_500;
const statementTimeoutMs = 3_000;
const silenceMs = 3_500;

/** Settings of PostgreSQL for every connection of a pool, by name. */
export type SessionSettings = Readonly<Record<string, string>>;

export function openPool(options: {
  url: string;
  name: string;
  max: number;
  log: Logger;
  session?: SessionSettings;
  tracing?: Tracing | null;
  metrics?: Pick<Metrics, 'pools'>;
}): DatabasePool {
  const { tracing = null, metrics } = options;
  const pool = new TimedPool(
    {
      ...connectionOf(options.url),
      application_name: `openward-${options.name}`,
      max: options.max,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: 10_000,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      options: startOptions(options.session),
    },
    (seconds) => metrics?.pools.waited(options.name, seconds),
  );
  const stopWatching = endSilent(pool, silenceMs);
  metrics?.pools.watch(options.name, pool);
  // A connection of the pool asks by its own `query`; one that a transaction has gets a traced one for that while.
  const ownOf = (client: pg.PoolClient) =>
    tracing === null
      ? client
      : (Object.create(client, { query: { value: traceStatements(client, options.name, tracing) } }) as pg.PoolClient);
  const db = drizzle(pool);
  db.transaction = (work, config) =>
    transact(pool, (client) => drizzle(beginLate(ownOf(client))).transaction(work, config));
  if (tracing !== null) pool.query = traceStatements(pool, options.name, tracing);
  let closing: Promise<void> | undefined;
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => {
    if (closing === undefined) options.log.warn({ database: options.name, error: error.message }, 'connection lost');
  });
  // So does one that breaks while somebody has it and is not asking anything: in a transaction that waits for another part.
  pool.on('connect', (client) => {
    client.on('error', (error) => {
      if (closing === undefined)
        options.log.debug({ database: options.name, error: error.message }, 'connection broke');
    });
  });
  return {
    db,
    pool,
    close: () => {
      closing ??= pool.end().finally(stopWatching);
      return closing;
    },
  };
}

/**
 * Runs a transaction on a connection of its own, and takes the connection back only when nothing of it is left open. The driver's
 * own way has two holes: a BEGIN that fails keeps its place in the pool for ever; and when the server stands still, COMMIT and ROLLBACK
 * run out of time too, and the connection goes back with the transaction open, so that whoever gets it next is told of writes
 * that are never committed.
 */
async function transact<T>(pool: pg.Pool, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let unanswered = false;
  try {
    return await run(client);
  } catch (error) {
    unanswered = isUnavailable(error) && !isLockTimeout(error);
    throw error;
  } finally {
    client.release(unanswered || client.getTransactionStatus() !== 'I');
  }
}

/** As PostgreSQL takes settings when a connection starts. */
export function startOptions(session: SessionSettings = {}): string {
  return Object.entries(session)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/**
 * Waits until the database answers.
 * @throws Error with a clear line when it is still away after `timeoutMs`; AbortError once `signal` says that nobody waits any more.
 */
export async function waitForDatabase(options: {
  url: string;
  name: string;
  timeoutMs: number;
  onWaiting(message: string): void;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    const error = await tryOnce(options.url);
    if (error === null) return;
    const target = safeTarget(options.url);
    if (!isUnavailable(error) || performance.now() > deadline) {
      throw new Error(
        `The ${options.name} database at ${target} cannot be used: ${describe(error)}. Check its URL and that it runs.`,
        {
          cause: error,
        },
      );
    }
    if (attempt === 1) options.onWaiting(`Waiting for the ${options.name} database at ${target} (${describe(error)})`);
    await sleep(500, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

async function tryOnce(url: string): Promise<unknown> {
  const client = new pg.Client({ ...connectionOf(url), connectionTimeoutMillis: connectTimeoutMs });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return null;
  } catch (error) {
    return error;
  } finally {
    await client.end().catch(() => {});
  }
}

function safeTarget(url: string): string {
  return parseDatabaseUrl(url)?.label ?? 'its URL';
}

function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}

const unavailableNodeCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
// 55P03: a lock's time ran out. 57014: the statement's. 53300: too many connections. 57P0x: shutting down, crashed, starting up. 58xxx: its disk.
const lockNotAvailable = '55P03';
const unavailableSqlStates = new Set([
  lockNotAvailable,
  '57014',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '53300',
  '53100',
  '53200',
  '58000',
  '58030',
  '25006',
]);
const unavailableMessages = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Query read timeout',
  'Client has encountered a connection error',
  'timeout expired',
  'Client was closed',
  'Cannot use a pool after calling end',
  // What a coordinator of Citus says, without a SQLSTATE of its own, when the connection to a worker breaks under a statement or its commit.
  'server closed the connection unexpectedly',
  'could not receive data from server',
  'could not send data to server',
  'no connection to the server',
  'could not commit transaction for shard',
  'failure on connection marked as essential',
];

/** Whether an error says that the database is away or overwhelmed (503), rather than that the statement is wrong (500). */
export function isUnavailable(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (current instanceof AggregateError && current.errors.some(isUnavailable)) return true;
    const code = sqlState(current);
    if (code !== null && (unavailableNodeCodes.has(code) || unavailableSqlStates.has(code) || code.startsWith('08')))
      return true;
    const { message } = current;
    if (unavailableMessages.some((text) => message.includes(text))) return true;
  }
  return false;
}

function sqlState(error: Error): string | null {
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** The unique index that a statement ran into, or null: the way to tell a lost race from a fault. */
export function violatedUnique(error: unknown): string | null {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (current instanceof pg.DatabaseError && current.code === '23505') return current.constraint ?? '';
  }
  return null;
}

/** Whether a statement ran into an exclusion constraint: something else is there. */
export function isExclusion(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (current instanceof pg.DatabaseError && current.code === '23P01') return true;
  }
  return false;
}

/** Whether a statement gave up waiting for a row that somebody else holds: it did nothing. */
export function isLockTimeout(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (current instanceof pg.DatabaseError && current.code === lockNotAvailable) return true;
  }
  return false;
}

/** Whether a transaction failed for a reason that a second try heals: deadlock, serialization. */
export function isRetryable(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (current instanceof pg.DatabaseError && (current.code === '40001' || current.code === '40P01')) return true;
  }
  return false;
}
