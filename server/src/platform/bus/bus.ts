import pg from 'pg';
import type { DatabasePool } from '../database/connect.ts';
import { newId } from '../id.ts';
import type { Logger } from '../log.ts';

/** A kind of event: its name on the wire and the type of what it carries. Ids only; a payload is at most 7 kB. */
export type Topic<T> = { readonly name: string; readonly payload?: T };

export function topic<T>(name: string): Topic<T> {
  return { name };
}

/**
 * Events between nodes. A hint, never the truth: an event may be lost, come twice or late; whoever hears it reads the
 * database. Handlers on this node hear at once, those on other nodes over Postgres LISTEN/NOTIFY.
 */
export type Bus = {
  publish<T>(topic: Topic<T>, payload: T): void;
  subscribe<T>(topic: Topic<T>, handler: (payload: T) => void): () => void;
  /** Called after the link to the other nodes broke and is back: events may have been missed. */
  onGap(handler: () => void): () => void;
  close(): Promise<void>;
};

const channel = 'openward_bus';
const reconnectMs = 500;
/** Bounds the queue while Postgres is away: older hints are worth nothing by then. */
const maxQueued = 10_000;

type Envelope = { node: string; topic: string; payload: unknown };

export function createBus(options: { url: string; pool: DatabasePool; log: Logger }): Bus {
  return new PostgresBus(options.url, options.pool, options.log);
}

class PostgresBus implements Bus {
  readonly #node = newId();
  readonly #url: string;
  readonly #pool: DatabasePool;
  readonly #log: Logger;
  readonly #handlers = new Map<string, Set<(payload: never) => void>>();
  readonly #gapHandlers = new Set<() => void>();
  #queue: string[] = [];
  #flushing = false;
  #listener: pg.Client | null = null;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(url: string, pool: DatabasePool, log: Logger) {
    this.#url = url;
    this.#pool = pool;
    this.#log = log;
    void this.#listen(false);
  }

  publish<T>(to: Topic<T>, payload: T): void {
    this.#dispatch(to.name, payload);
    if (this.#closed) return;
    if (this.#queue.length < maxQueued) {
      this.#queue.push(JSON.stringify({ node: this.#node, topic: to.name, payload } satisfies Envelope));
    }
    if (!this.#flushing) void this.#flush();
  }

  subscribe<T>(to: Topic<T>, handler: (payload: T) => void): () => void {
    const handlers = this.#handlers.get(to.name) ?? new Set();
    this.#handlers.set(to.name, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  onGap(handler: () => void): () => void {
    this.#gapHandlers.add(handler);
    return () => this.#gapHandlers.delete(handler);
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
    const client = new pg.Client({ connectionString: this.#url, application_name: 'openward-bus', keepAlive: true });
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
    client.on('notification', ({ payload }) => this.#hear(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      this.#listener = client;
      if (this.#closed) await client.end();
      else if (again) for (const handler of this.#gapHandlers) handler();
    } catch (error) {
      onLost(error instanceof Error ? error : undefined);
    }
  }

  #hear(text: string | undefined): void {
    const event = parseEnvelope(text);
    if (event !== null && event.node !== this.#node) this.#dispatch(event.topic, event.payload);
  }

  #dispatch(name: string, payload: unknown): void {
    for (const handler of this.#handlers.get(name) ?? []) {
      try {
        // The topic's type ties publisher and subscriber together; what crosses nodes was published by this same code.
        handler(payload as never);
      } catch (error) {
        this.#log.error({ topic: name, err: error }, 'a bus handler failed');
      }
    }
  }
}

function parseEnvelope(text: string | undefined): Envelope | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    const ok = typeof value === 'object' && value !== null && 'node' in value && 'topic' in value && 'payload' in value;
    return ok ? (value as Envelope) : null;
  } catch {
    return null;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
