import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { Logger } from '../log.ts';
import { type DatabasePool, type Db, isRetryable, isUnavailable } from './connect.ts';

/** Where a list was read, for metrics: `late` and `away` were read from the primary after all. */
export type ReplicaOutcome = 'replica' | 'late' | 'away';

/** A copy of the main database that lists may be read from. */
export type Replica = {
  /** Reads from the copy once it knows all that had been committed when this was called, or from the primary where that would take too long. */
  read<T>(work: (db: Db) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

/** So long a read waits for the copy to catch up; who has just written something sees it, here or there. */
const catchUpMs = 60;
const lookAgainMs = 5;
/** So long, in all, the copy may take to say how far it is. */
const patienceMs = 250;
/** One that is late or away is left alone for so long: not every call has to find that out. */
const restMs = 2000;

/** @param pool connections to the copy, which may be away from the beginning */
export function openReplica(options: {
  primary: DatabasePool;
  pool: DatabasePool;
  log: Logger;
  onRead(outcome: ReplicaOutcome): void;
}): Replica {
  return new LsnReplica(options);
}

type Horizon = { lsn: string; cluster: string };

class LsnReplica implements Replica {
  readonly #primary: DatabasePool;
  readonly #copy: DatabasePool;
  readonly #log: Logger;
  readonly #onRead: (outcome: ReplicaOutcome) => void;
  readonly #handles = new WeakMap<pg.PoolClient, Db>();
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  #isFine = true;

  constructor({ primary, pool, log, onRead }: Parameters<typeof openReplica>[0]) {
    this.#primary = primary;
    this.#copy = pool;
    this.#log = log;
    this.#onRead = onRead;
  }

  async read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    if (performance.now() < this.#restsUntilMs) return work(this.#primary.db);
    // Where the primary is now: whatever was committed before is at or below it, also what is not yet on its disk.
    const { rows } = await this.#primary.pool.query<Horizon>({
      name: 'replica_horizon',
      text: 'SELECT pg_current_wal_insert_lsn()::text AS lsn, system_identifier::text AS cluster FROM pg_control_system()',
    });
    const client = await this.#caughtUp(rows[0]).catch((error: unknown) => ({ error }));
    if (client === null) return this.#fromPrimary('late', work);
    if ('error' in client) return this.#fromPrimary('away', work, client.error);
    try {
      const result = await work(this.#handleOf(client));
      client.release();
      this.#note('replica');
      return result;
    } catch (error) {
      // Also what a copy alone says: it had to end a query to go on with replaying.
      const isAway = isUnavailable(error) || isRetryable(error);
      client.release(isAway);
      if (isAway) return await this.#fromPrimary('away', work, error);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#copy.close();
  }

  #fromPrimary<T>(outcome: ReplicaOutcome, work: (db: Db) => Promise<T>, error?: unknown): Promise<T> {
    this.#restsUntilMs = performance.now() + restMs;
    this.#note(outcome, error);
    return work(this.#primary.db);
  }

  /** @returns a connection to a copy that has replayed as far, or null when it does not get there in time */
  async #caughtUp(horizon: Horizon | undefined): Promise<pg.PoolClient | null> {
    const startedAtMs = performance.now();
    const connecting = this.#copy.pool.connect();
    const client = await within(patienceMs, connecting);
    if (client === null) {
      // Whoever comes too late goes back at once.
      connecting.then((late) => late.release(true)).catch(() => {});
      throw away();
    }
    try {
      for (;;) {
        const asked = client.query<{ reached: boolean }>({
          name: 'replica_reached',
          // One that has been promoted meanwhile, or was made from another server, is no copy of our primary.
          text: `SELECT coalesce(pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::pg_lsn, false) AS reached
                 FROM pg_control_system() WHERE system_identifier::text = $2`,
          values: [horizon?.lsn, horizon?.cluster],
        });
        const answer = await within(patienceMs, asked);
        if (answer === null) throw away();
        if (answer.rows[0]?.reached === true) return client;
        if (performance.now() - startedAtMs > catchUpMs) break;
        await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
      }
    } catch (error) {
      client.release(true);
      throw error;
    }
    client.release();
    return null;
  }

  /** One for each connection, so that statements are built and prepared once. */
  #handleOf(client: pg.PoolClient): Db {
    const handle = this.#handles.get(client) ?? drizzle(client);
    this.#handles.set(client, handle);
    return handle;
  }

  #note(outcome: ReplicaOutcome, error?: unknown): void {
    this.#onRead(outcome);
    const isFine = outcome === 'replica';
    if (isFine === this.#isFine) return;
    this.#isFine = isFine;
    const reason = error instanceof Error ? error.message : undefined;
    if (isFine) this.#log.info('lists are read from the copy of the main database again');
    else
      this.#log.warn({ outcome, reason }, 'the copy of the main database is left aside, lists come from the primary');
  }
}

/** Worded as connections are that end. */
function away(): Error {
  return new Error('Connection terminated: the copy does not answer.');
}

/** @returns null when it takes longer; what becomes of it then is not this caller's */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | null> {
  work.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, null);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
