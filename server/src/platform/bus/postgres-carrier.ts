import pg from 'pg';
import { memoryLimits } from '#server/limits.ts';
import type { DatabasePool } from '../database/connect.ts';
import { connectionOf } from '../database/database-url.ts';
import { breakOff } from '../database/silence.ts';
import { newId } from '../id.ts';
import type { Logger } from '../log.ts';
import type { Carrier, Hears } from './carrier.ts';

const channel = 'openward_bus';
const reconnectMs = 500;
/** So long without having heard anything, a carrier sends itself something to hear. */
const probeEveryMs = 2000;
/** So long without that either, and the link counts as deaf. */
const deafAfterMs = 6000;

/**
 * LISTEN and NOTIFY on the main database. A link can go deaf without a sign: packets vanish, or something in between takes LISTEN and
 * forgets it. So silence is filled with probes, by the way that events take, and who does not hear those listens anew.
 */
export class PostgresCarrier implements Carrier {
  readonly #url: string;
  readonly #pool: DatabasePool;
  readonly #log: Logger;
  readonly #hears: Hears;
  #queue: string[] = [];
  #flushing = false;
  readonly #probe = `probe:${newId()}`;
  readonly #clock: NodeJS.Timeout | undefined;
  /** What listens at this moment, or is about to. */
  #link: { client: pg.Client; listening: boolean; lose(why?: string): void } | null = null;
  #heardAtMs = 0;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: { url: string; pool: DatabasePool; log: Logger; hears: Hears; listens?: boolean }) {
    this.#url = options.url;
    this.#pool = options.pool;
    this.#log = options.log;
    this.#hears = options.hears;
    if (options.listens === false) return;
    this.#clock = setInterval(() => this.#tick(), probeEveryMs / 2).unref();
    void this.#listen(false);
  }

  get hearing(): boolean {
    return this.#link?.listening === true;
  }

  send(events: readonly string[]): void {
    if (this.#closed) return;
    this.#queue.push(...events.slice(0, memoryLimits.queuedEvents - this.#queue.length));
    if (!this.#flushing) void this.#flush();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#clock);
    clearTimeout(this.#retry);
    await this.#link?.client.end().catch(() => {});
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
    const lose = (why?: string) => {
      if (this.#link !== link || this.#closed) return;
      this.#link = null;
      this.#log.warn({ error: why }, 'bus link lost, reconnecting');
      breakOff(client);
      this.#retry = setTimeout(() => void this.#listen(true), reconnectMs);
    };
    const link = { client, listening: false, lose };
    this.#link = link;
    this.#heardAtMs = performance.now();
    client.on('error', ({ message }) => lose(message));
    client.on('end', () => lose());
    client.on('notification', ({ payload = '' }) => this.#hear(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      link.listening = true;
      if (this.#closed) await client.end();
      else if (again) this.#hears.gap();
      else this.#hears.begin();
    } catch (error) {
      lose(messageOf(error));
    }
  }

  #hear(text: string): void {
    this.#heardAtMs = performance.now();
    if (text !== this.#probe) this.#hears.event(text);
  }

  #tick(): void {
    const silentMs = performance.now() - this.#heardAtMs;
    if (silentMs > deafAfterMs) this.#link?.lose('it went deaf');
    else if (silentMs > probeEveryMs && this.#link?.listening === true) this.send([this.#probe]);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
