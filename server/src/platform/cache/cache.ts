import { LRUCache } from 'lru-cache';
import { knowledgeMs } from '../../cache-policies.ts';
import type { Ctx } from '../../context.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Metrics } from '../metrics.ts';
import type { Redis } from '../redis/connect.ts';
import { identifyDatabase, openCacheChanges } from './cache-changes.ts';
import type { CopyKind } from './copies.ts';
import { OneNode } from './one-node.ts';
import type { CacheLayer, CopyPolicy } from './policy.ts';
import { RedisCopies } from './redis-copies.ts';

/** Copies of what the database says: in this node's memory, behind it in Redis, behind that the database. */
export type Cache = {
  /**
   * What a thing is, by a copy that was read after every change committed 50 ms before this call or earlier, else by `load`.
   * What comes out is shared and frozen. Where Redis, or the knowledge of changes, is away, it is the database's word.
   * @param load reads it, with nothing in it that depends on who asks. Many who ask at one time share one. Null: it is not there.
   * @throws what `load` throws.
   */
  read<P, V extends object | null>(kind: CopyKind<P, NonNullable<V>>, of: P, load: () => Promise<V>): Promise<V>;
  /** Somebody else wrote into our Redis. */
  onForged(handler: (policy: string) => void): void;
};

/** For inside of a transaction: what it has changed itself is nobody else's yet. */
export const uncached: Cache = { read: (_kind, _of, load) => load(), onForged: () => {} };

/** A copy in memory. Times without a name of a clock are the database's. */
type Held = {
  value: object | null;
  layer: 'redis' | 'database';
  sizeBytes: number;
  /** When it was asked for, by this node's clock. Of a copy out of Redis that is not known. */
  readAtMs: number;
  era: number;
  horizon: number;
  freshUntilMs: number;
  goodUntilMs: number;
};

/** A call that waits for an answer. */
type Call = { atMs: number; subject: string; known: boolean };

type Fill = {
  kind: CopyKind<never, object>;
  subject: string;
  load(): Promise<object | null>;
  known: boolean;
  renewing: boolean;
};

/** How long a call waits for one reading of the changes, of which it may need two, before it turns to the database. */
const learnPatienceMs = 250;
/** A copy that cannot be read anew is tried again after this time. */
const renewEveryMs = 1_000;

type Options = Pick<Ctx, 'db' | 'log'> & { redis: Redis | null; keys: KeyRing; metrics: Metrics };

export function createCache(options: Options): Cache {
  return new LayeredCache(options);
}

class LayeredCache implements Cache {
  readonly #options: Options;
  readonly #changes = openCacheChanges();
  readonly #copies: RedisCopies | null;
  readonly #oneNode: OneNode | null;
  readonly #memories = new Map<CopyPolicy<never>, LRUCache<string, Held, Fill>>();
  #onForged: (policy: string) => void = () => {};
  #database: { era: number; id: Promise<string> } | null = null;

  constructor(options: Options) {
    this.#options = options;
    const { redis, metrics, log } = options;
    this.#oneNode = redis === null ? null : new OneNode(redis);
    this.#copies =
      redis === null
        ? null
        : new RedisCopies({
            ...options,
            redis,
            onRefused: (policy, why) => {
              metrics.cache.refused(policy, why);
              log.warn({ policy, why }, 'a copy in Redis was not ours to believe');
              if (why === 'forged') this.#onForged(policy);
            },
          });
  }

  onForged(handler: (policy: string) => void): void {
    this.#onForged = handler;
  }

  async read<P, V extends object | null>(kind: CopyKind<P, NonNullable<V>>, of: P, load: () => Promise<V>): Promise<V> {
    const { policy } = kind;
    const [atMs, subject, key] = [performance.now(), policy.subject(of), policy.key(of)];
    const call: Call = { atMs, subject, known: this.#changes.ageMs() <= knowledgeMs || (await this.#learn(atMs)) };
    const memory = this.#memoryOf(policy);
    const fill = { kind, subject, load, known: call.known, renewing: false };
    const held = memory.get(key);
    if (held !== undefined && this.#answers(held, call)) {
      if (held.freshUntilMs <= this.#changes.databaseNowMs()) this.#renew(memory, key, held, fill);
      return this.#answer(policy, held, 'memory');
    }
    for (;;) {
      // Who began before this call may have read before a change that this caller knows of: then the next one is its own.
      const brought = await memory.fetch(key, { forceRefresh: true, context: fill });
      if (brought === undefined) throw new Error('A fill brought nothing.');
      if (this.#answers(brought, call)) return this.#answer(policy, brought, brought.layer);
    }
  }

  #answer<V>(policy: CopyPolicy<never>, { value }: Held, layer: CacheLayer): V {
    this.#options.metrics.cache.answered(policy.name, layer);
    // What is held under a policy passed the shape of its kind, or was read by a load of its type.
    return value as V;
  }

  /** Whether a copy may answer a call: either nothing can have changed that the caller has a right to see, or nothing did. */
  #answers({ readAtMs, era, horizon, goodUntilMs }: Held, { atMs, subject, known }: Call): boolean {
    if (readAtMs >= atMs - knowledgeMs) return true;
    if (!known || era !== this.#changes.era) return false;
    return horizon > this.#changes.lastOf(subject) && goodUntilMs > this.#changes.databaseNowMs();
  }

  /** Hears of every change that was committed 50 ms before `atMs`, or earlier. @returns false when the database does not say. */
  async #learn(atMs: number): Promise<boolean> {
    const isEnough = () => performance.now() - this.#changes.ageMs() >= atMs - knowledgeMs;
    // The reading that is under way may have been asked for too early.
    for (let round = 0; round < 2 && !isEnough(); round += 1)
      await this.#changes.refresh(this.#options, learnPatienceMs);
    return isEnough();
  }

  /** Reads it anew while the copy goes on answering. When that fails, it is tried again, until the copy is good no more. */
  #renew(memory: LRUCache<string, Held, Fill>, key: string, held: Held, fill: Fill): void {
    held.freshUntilMs = this.#changes.databaseNowMs() + renewEveryMs;
    memory
      .fetch(key, { forceRefresh: true, context: { ...fill, renewing: true } })
      .catch((error: unknown) => this.#options.log.debug({ key, err: error }, 'a copy could not be read anew'));
  }

  #memoryOf(policy: CopyPolicy<never>): LRUCache<string, Held, Fill> {
    let memory = this.#memories.get(policy);
    if (memory === undefined) {
      memory = new LRUCache<string, Held, Fill>({
        max: policy.memory.maxEntries,
        maxSize: policy.memory.maxBytes,
        sizeCalculation: ({ sizeBytes }) => sizeBytes,
        fetchMethod: (key, _old, { context }) => this.#fill(key, context),
        // Those who wait get what they wait for, though it has been crowded out meanwhile; what fails leaves what was there.
        ignoreFetchAbort: true,
        noDeleteOnFetchRejection: true,
      });
      this.#memories.set(policy, memory);
    }
    return memory;
  }

  async #fill(key: string, fill: Fill): Promise<Held> {
    const { policy } = fill.kind;
    const place = fill.known ? await this.#placeOf(policy, key) : null;
    if (place === null || this.#copies === null || this.#oneNode === null) return (await this.#load(fill)).held;
    const copies = this.#copies;
    const find = () => this.#find(copies, place, fill);
    const found = await find();
    if (found !== null) return found;
    const bring = async () => {
      const { held, stored } = await this.#load(fill, place);
      if (policy.oneNodeReads) await stored;
      return held;
    };
    return policy.oneNodeReads ? this.#oneNode.run(`${place}:lock`, { find, bring }) : bring();
  }

  async #find(copies: RedisCopies, place: string, { kind, subject, renewing }: Fill): Promise<Held | null> {
    const { name } = kind.policy;
    const copy = await copies.find({ name, fits: kind.fits }, place);
    if (copy === null) return null;
    const { era } = this.#changes;
    const held: Held = {
      ...copy,
      value: freeze(copy.value as object),
      layer: 'redis',
      sizeBytes: sizeOf(copy.value),
      readAtMs: Number.NEGATIVE_INFINITY,
      era,
    };
    const nowMs = this.#changes.databaseNowMs();
    if (held.horizon <= this.#changes.lastOf(subject)) {
      this.#options.metrics.cache.refused(name, 'distrusted');
      return null;
    }
    return (renewing ? held.freshUntilMs : held.goodUntilMs) > nowMs ? held : null;
  }

  async #load({ kind: { policy }, load }: Fill, place?: string): Promise<{ held: Held; stored: Promise<void> }> {
    // What is known of changes now is in whatever is read from here on.
    const { horizon, era } = this.#changes;
    const readAtMs = performance.now();
    const nowMs = this.#changes.databaseNowMs();
    const value = freeze(await load());
    const { least, jitter } = policy.freshMs;
    const freshUntilMs = nowMs + (value === null ? policy.missingMs : least + Math.random() * jitter);
    const goodUntilMs = value === null ? freshUntilMs : freshUntilMs + policy.graceMs;
    const copy = { value, horizon, freshUntilMs, goodUntilMs };
    const isKept = place !== undefined && value !== null && this.#copies !== null;
    const stored = isKept ? this.#copies.store(place, copy, goodUntilMs - nowMs) : Promise.resolve();
    return { held: { ...copy, layer: 'database', sizeBytes: sizeOf(value), readAtMs, era }, stored };
  }

  /** The key in Redis, or null while there is no Redis to look into. */
  async #placeOf({ name }: CopyPolicy<never>, key: string): Promise<string | null> {
    if (this.#copies?.reachable !== true) return null;
    const { era } = this.#changes;
    if (this.#database?.era !== era) this.#database = { era, id: identifyDatabase(this.#options) };
    try {
      return `openward:cache:${await this.#database.id}:${name}:${key}`;
    } catch (error) {
      this.#database = null;
      this.#options.log.debug({ err: error }, 'the database does not say which it is');
      return null;
    }
  }
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}

/** Many will read it at once. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
