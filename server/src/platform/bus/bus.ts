import type { DatabasePool } from '../database/connect.ts';
import { newId } from '../id.ts';
import type { Logger } from '../log.ts';
import type { Redis } from '../redis/connect.ts';
import { formatTraceparent, parseTraceparent, type Trace } from '../tracing/trace.ts';
import type { Tracing } from '../tracing/tracing.ts';
import type { Carrier, Hears } from './carrier.ts';
import { FallbackCarrier } from './fallback-carrier.ts';
import { PostgresCarrier } from './postgres-carrier.ts';

/** A kind of event: its name on the wire and the type of what it carries: ids, and what is sealed. At most 7 kB. */
export type Topic<T> = { readonly name: string; readonly payload?: T };

export function topic<T>(name: string): Topic<T> {
  return { name };
}

/** What is told, with the trace that it belongs to, so that what the other nodes do is found in it. */
export type News<T> = { payload: T; trace?: Trace | undefined };

/**
 * Events between nodes. A hint, never the truth: an event may be lost, come twice or late; whoever hears it reads the
 * database. Handlers on this node hear at once, those on other nodes over Postgres LISTEN/NOTIFY, or Redis where there is one.
 */
export type Bus = {
  publish<T>(topic: Topic<T>, payload: T, trace?: Trace): void;
  /** The two halves of publishing, for what is worth telling together: this node hears at once, */
  tellHere<T>(topic: Topic<T>, payload: T, trace?: Trace): void;
  /** and the others what `gather` makes of all there is once events go out. */
  tellOthers<T>(topic: Topic<T>, gather: () => readonly News<T>[]): void;
  subscribe<T>(topic: Topic<T>, handler: (payload: T) => void): () => void;
  /** Whether other nodes were heard of lately: only then is it worth publishing what spares them work. */
  readonly hasOthers: boolean;
  /**
   * Whether others are to be told of something. False: this node hears, and has heard of nobody for so long that there is nobody; should somebody come
   * all the same, they are told of a gap, and read for themselves.
   */
  needsTelling(): boolean;
  /** Called after the link to the other nodes broke and is back: events may have been missed. */
  onGap(handler: () => void): () => void;
  close(): Promise<void>;
};

/** Nodes of older versions send no `traceparent`, and leave it aside. */
type Envelope = { node: string; topic: string; payload: unknown; traceparent?: string };

/** Says that its node is there, for who has heard nothing else of it. */
const here = topic<Record<never, never>>('bus.here');
const hereEveryMs = 3000;
/** Who comes sooner after the last that went out goes with the next: over Postgres each going is a commit of its own. */
export const eventsEveryMs = 20;
/** So long after the last event of another node there may still be one; and after a start or a gap, whoever was not heard. */
const othersForMs = 10_000;
/** Something was not told while there was nobody to tell. */
const withheld = topic<Record<never, never>>('bus.withheld');

/** @param options `onRedis` is told whenever events begin or cease to come over Redis. */
export function createBus(options: {
  url: string;
  pool: DatabasePool;
  redis: Redis | null;
  log: Logger;
  onRedis?: (hearing: boolean) => void;
  tracing?: Tracing | null;
  /** False: nobody here hears events of other nodes, and no connection is kept for it. */
  listens?: boolean;
  othersForMs?: number;
}): Bus {
  const { redis, onRedis = () => {}, tracing = null, ...postgres } = options;
  return new NodeBus({ othersForMs, ...options, tracing }, (node, hears) => {
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
  readonly #tracing: Tracing | null;
  readonly #carrier: Carrier;
  readonly #handlers = new Map<string, Set<(payload: never) => void>>();
  readonly #gapHandlers = new Set<() => void>();
  readonly #clock: NodeJS.Timeout;
  readonly #outside: (send: () => void) => void;
  #waiting: (() => string[])[] = [];
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #next: NodeJS.Timeout | undefined;
  readonly #othersForMs: number;
  #othersUntilMs = Number.NEGATIVE_INFINITY;
  /** Until then somebody may be there who was not heard. */
  #doubtUntilMs: number;
  #withheld = false;
  #closed = false;

  constructor(
    { log, tracing, othersForMs }: { log: Logger; tracing: Tracing | null; othersForMs: number },
    openCarrier: (node: string, hears: Hears) => Carrier,
  ) {
    this.#log = log;
    this.#tracing = tracing;
    this.#othersForMs = othersForMs;
    this.#doubtUntilMs = performance.now() + othersForMs;
    // What carries it carries the events of others as well: it is no part of a trace.
    this.#outside = (send) => (tracing === null ? send() : tracing.outside(send));
    this.#carrier = openCarrier(this.#node, {
      event: (text) => this.#hear(text),
      // Not sooner: whoever answers is to be heard.
      begin: () => this.publish(here, {}),
      gap: () => this.#gap(),
    });
    this.#clock = setInterval(() => this.publish(here, {}), hereEveryMs).unref();
  }

  get hasOthers(): boolean {
    return performance.now() < this.#othersUntilMs;
  }

  needsTelling(): boolean {
    if (this.hasOthers || performance.now() < this.#doubtUntilMs || !this.#carrier.hearing) return true;
    this.#withheld = true;
    return false;
  }

  publish<T>(to: Topic<T>, payload: T, trace?: Trace): void {
    this.tellHere(to, payload, trace);
    this.tellOthers(to, () => [{ payload, trace }]);
  }

  tellHere<T>(to: Topic<T>, payload: T, trace?: Trace): void {
    this.#dispatch(to.name, payload, trace);
  }

  tellOthers<T>(to: Topic<T>, gather: () => readonly News<T>[]): void {
    if (this.#closed) return;
    this.#waiting.push(() => gather().map((news) => this.#textOf(to.name, news)));
    if (this.#next !== undefined) return;
    const waitMs = this.#sentAtMs + eventsEveryMs - performance.now();
    if (waitMs <= 0) this.#send();
    else this.#next = setTimeout(() => this.#send(), waitMs);
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
    clearInterval(this.#clock);
    this.#send();
    this.#closed = true;
    await this.#carrier.close();
  }

  #send(): void {
    clearTimeout(this.#next);
    this.#next = undefined;
    const events = this.#waiting.splice(0).flatMap((make) => {
      try {
        return make();
      } catch (error) {
        this.#log.error({ err: error }, 'an event could not be made');
        return [];
      }
    });
    if (events.length === 0) return;
    this.#sentAtMs = performance.now();
    this.#outside(() => this.#carrier.send(events));
  }

  #textOf(name: string, { payload, trace }: News<unknown>): string {
    const from = trace === undefined ? {} : { traceparent: formatTraceparent(trace) };
    return JSON.stringify({ node: this.#node, topic: name, payload, ...from } satisfies Envelope);
  }

  #gap(): void {
    if (this.#closed) return;
    this.#doubtUntilMs = performance.now() + this.#othersForMs;
    // Who hears this node now may have withheld something until then.
    this.publish(here, {});
    for (const handler of this.#gapHandlers) handler();
  }

  #hear(text: string): void {
    // Its own come back to every node, and were handled when they were published: not worth parsing.
    if (text.startsWith(this.#own)) return;
    const event = parseEnvelope(text);
    if (event === null) return;
    this.#othersUntilMs = performance.now() + this.#othersForMs;
    if (this.#withheld) {
      this.#withheld = false;
      this.publish(withheld, {});
    }
    if (event.topic === withheld.name) this.#gap();
    this.#dispatch(event.topic, event.payload, parseTraceparent(event.traceparent) ?? undefined);
  }

  #dispatch(name: string, payload: unknown, trace: Trace | undefined): void {
    const handlers = this.#handlers.get(name);
    if (handlers === undefined || handlers.size === 0) return;
    if (this.#tracing === null || trace === undefined) {
      this.#handle(name, handlers, payload, trace);
      return;
    }
    const span = this.#tracing.start({
      name: `process ${name}`,
      kind: 'consumer',
      parent: trace,
      attributes: {
        'messaging.system': 'openward.bus',
        'messaging.operation.type': 'process',
        'messaging.operation.name': 'process',
        'messaging.destination.name': name,
      },
    });
    span.within(() => this.#handle(name, handlers, payload, trace));
    span.end();
  }

  #handle(name: string, handlers: Iterable<(payload: never) => void>, payload: unknown, trace?: Trace): void {
    for (const handler of handlers) {
      try {
        // The topic's type ties publisher and subscriber together; what crosses nodes was published by this same code.
        handler(payload as never);
      } catch (error) {
        this.#log.error({ topic: name, traceId: trace?.traceId, err: error }, 'a bus handler failed');
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
