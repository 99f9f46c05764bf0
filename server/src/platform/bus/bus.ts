import type { DatabasePool } from '../database/connect.ts';
import { newId } from '../id.ts';
import type { Logger } from '../log.ts';
import type { Redis } from '../redis/connect.ts';
import type { Carrier, Hears } from './carrier.ts';
import { FallbackCarrier } from './fallback-carrier.ts';
import { PostgresCarrier } from './postgres-carrier.ts';

/** A kind of event: its name on the wire and the type of what it carries. Ids only; a payload is at most 7 kB. */
export type Topic<T> = { readonly name: string; readonly payload?: T };

export function topic<T>(name: string): Topic<T> {
  return { name };
}

/**
 * Events between nodes. A hint, never the truth: an event may be lost, come twice or late; whoever hears it reads the
 * database. Handlers on this node hear at once, those on other nodes over Postgres LISTEN/NOTIFY, or Redis where there is one.
 */
export type Bus = {
  publish<T>(topic: Topic<T>, payload: T): void;
  subscribe<T>(topic: Topic<T>, handler: (payload: T) => void): () => void;
  /** Called after the link to the other nodes broke and is back: events may have been missed. */
  onGap(handler: () => void): () => void;
  close(): Promise<void>;
};

type Envelope = { node: string; topic: string; payload: unknown };

/** @param options `onRedis` is told whenever events begin or cease to come over Redis. */
export function createBus(options: {
  url: string;
  pool: DatabasePool;
  redis: Redis | null;
  log: Logger;
  onRedis?: (hearing: boolean) => void;
}): Bus {
  const { redis, onRedis = () => {}, ...postgres } = options;
  return new NodeBus(options.log, (node, hears) => {
    if (redis === null) return new PostgresCarrier({ ...postgres, hears });
    return new FallbackCarrier({
      node,
      redis,
      hears,
      log: options.log,
      onRedis,
      openPostgres: (hears) => new PostgresCarrier({ ...postgres, hears }),
    });
  });
}

class NodeBus implements Bus {
  readonly #node = newId();
  /** How the events of this node begin. */
  readonly #own = `{"node":"${this.#node}",`;
  readonly #log: Logger;
  readonly #carrier: Carrier;
  readonly #handlers = new Map<string, Set<(payload: never) => void>>();
  readonly #gapHandlers = new Set<() => void>();
  #closed = false;

  constructor(log: Logger, openCarrier: (node: string, hears: Hears) => Carrier) {
    this.#log = log;
    this.#carrier = openCarrier(this.#node, { event: (text) => this.#hear(text), gap: () => this.#gap() });
  }

  publish<T>(to: Topic<T>, payload: T): void {
    this.#dispatch(to.name, payload);
    if (this.#closed) return;
    this.#carrier.send(JSON.stringify({ node: this.#node, topic: to.name, payload } satisfies Envelope));
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
    await this.#carrier.close();
  }

  #gap(): void {
    if (this.#closed) return;
    for (const handler of this.#gapHandlers) handler();
  }

  #hear(text: string): void {
    // Its own come back to every node, and were handled when they were published: not worth parsing.
    if (text.startsWith(this.#own)) return;
    const event = parseEnvelope(text);
    if (event !== null) this.#dispatch(event.topic, event.payload);
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

function parseEnvelope(text: string): Envelope | null {
  try {
    const value: unknown = JSON.parse(text);
    const ok = typeof value === 'object' && value !== null && 'node' in value && 'topic' in value && 'payload' in value;
    return ok ? (value as Envelope) : null;
  } catch {
    return null;
  }
}
