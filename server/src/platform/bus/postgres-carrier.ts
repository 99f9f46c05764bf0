import pg from 'pg';
import type { DatabasePool } from '../database/connect.ts';
import { connectionOf } from '../database/database-url.ts';
import type { Logger } from '../log.ts';
import type { Carrier, Hears } from './carrier.ts';

const channel = 'openward_bus';
const reconnectMs = 500;
/** Bounds the queue while Postgres is away: older hints are worth nothing by then. */
const maxQueued = 10_000;

/** LISTEN and NOTIFY on the main database. */
export class PostgresCarrier implements Carrier {
  readonly #url: string;
  readonly #pool: DatabasePool;
  readonly #log: Logger;
  readonly #hears: Hears;
  #queue: string[] = [];
  #flushing = false;
  #listener: pg.Client | null = null;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: { url: string; pool: DatabasePool; log: Logger; hears: Hears; listens?: boolean }) {
    this.#url = options.url;
    this.#pool = options.pool;
    this.#log = options.log;
    this.#hears = options.hears;
    if (options.listens !== false) void this.#listen(false);
  }

  send(events: readonly string[]): void {
    if (this.#closed) return;
    this.#queue.push(...events.slice(0, maxQueued - this.#queue.length));
    if (!this.#flushing) void this.#flush();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#listener?.end().catch(() => {});
  }

  /** One statement in flight; what comes meanwhile goes together in the next. */
  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#queue.length > 0 && !this.#closed) {
      const batch = this.#queue.splice(0, 500);
      try {
        await this.#pool.pool.query({
          name: 'bus-notify',
          text: 'SELECT pg_notify($1, event) FROM unnest($2::text[]) AS event',
          values: [channel, batch],
        });
      } catch (error) {
        this.#log.warn({ events: batch.length, error: messageOf(error) }, 'bus events not sent to other nodes');
      }
    }
    this.#flushing = false;
  }

  async #listen(again: boolean): Promise<void> {
    if (this.#closed) return;
    const client = new pg.Client({ ...connectionOf(this.#url), application_name: 'openward-bus', keepAlive: true });
    let lost = false;
    const onLost = (error?: Error) => {
      if (lost || this.#closed) return;
      lost = true;
      this.#log.warn({ error: error?.message }, 'bus link lost, reconnecting');
      client.end().catch(() => {});
      this.#retry = setTimeout(() => void this.#listen(true), reconnectMs);
    };
    client.on('error', onLost);
    client.on('end', onLost);
    client.on('notification', ({ payload }) => this.#hears.event(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      this.#listener = client;
      if (this.#closed) await client.end();
      else if (again) this.#hears.gap();
    } catch (error) {
      onLost(error instanceof Error ? error : undefined);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
