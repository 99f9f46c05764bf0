import { setTimeout as sleep } from 'node:timers/promises';
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
/** A link that has not answered for so long may not have heard. */
const answersWithinMs = 1000;
/** So long a carrier that closes waits for what it was told last. */
const lastWordsMs = 2000;

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
  #flushing: Promise<void> | null = null;
  readonly #probe = `probe:${newId()}`;
  readonly #clock: NodeJS.Timeout | undefined;
  /** What listens at this moment, or is about to. */
  #link: Link | null = null;
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
    this.#flushing ??= this.#flush();
  }

  async close(): Promise<void> {
    clearInterval(this.#clock);
    // What was said last goes out: a connection that ends takes with it what is on its way.
    await Promise.race([this.#flushing, sleep(lastWordsMs, undefined, { ref: false })]);
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#link?.client.end().catch(() => {});
  }

  /** One statement in flight; what comes meanwhile goes together in the next. */
  async #flush(): Promise<void> {
    while (this.#queue.length > 0 && !this.#closed) {
      const batch = this.#queue.splice(0, 500);
      await this.#notify(batch).catch((error: unknown) => {
        this.#log.warn({ events: batch.length, error: messageOf(error) }, 'bus events not sent to other nodes');
      });
    }
    this.#flushing = null;
  }

  /**
   * Over the link where there is one, which hears it again with the answer: a turn less for each. What a link does not answer for, since it is deaf or
   * has broken, goes over the pool as well: to hear something twice harms nobody.
   */
  async #notify(events: readonly string[]): Promise<void> {
    const statement = {
      name: 'bus-notify',
      text: 'SELECT pg_notify($1, event) FROM unnest($2::text[]) AS event',
      values: [channel, events],
    };
    if (!(await this.#link?.notify(statement))) await this.#pool.pool.query(statement);
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
    const link = new Link(client, lose);
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

type Statement = { name: string; text: string; values: unknown[] };

/** A connection that listens, or is about to. */
class Link {
  readonly client: pg.Client;
  readonly lose: (why?: string) => void;
  listening = false;
  #silent = false;

  constructor(client: pg.Client, lose: (why?: string) => void) {
    this.client = client;
    this.lose = lose;
  }

  /** @returns false where it may not have been heard. */
  async notify(statement: Statement): Promise<boolean> {
    if (!this.listening || this.#silent) return false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#silent = true;
        resolve(false);
      }, answersWithinMs);
      const answer = (isDone: boolean) => {
        clearTimeout(timer);
        this.#silent = false;
        resolve(isDone);
      };
      this.client.query(statement).then(
        () => answer(true),
        () => answer(false),
      );
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
