import { Problem } from '../problem.ts';

/** One thing that is to be written, and what its caller is told. Each is settled by itself. */
export type Entry<I, O> = {
  readonly item: I;
  resolve(outcome: O | PromiseLike<O>): void;
  reject(error: unknown): void;
};

export type GroupCommitOptions<I, O> = {
  /** Writes a group and settles each entry. What it leaves unsettled when it throws is told the error. */
  write(group: readonly Entry<I, O>[]): Promise<void>;
  /** Things with the same key are written in the order of their arrival, never in two groups at once. */
  keyOf(item: I): string;
  sizeOf(item: I): number;
  /** Groups that are being written at one time. */
  lanes: number;
  maxGroup: number;
  /** Different keys in one group; any number by default. */
  maxKeys?: number;
  maxWaiting: number;
  maxWaitingSize: number;
  /** Who has waited so long is refused instead of written. */
  maxWaitMs: number;
};

type Waiting<I, O> = Entry<I, O> & { readonly key: string; readonly size: number; readonly sinceMs: number };

/**
 * Group commit: what arrives while all lanes are busy goes together in the next group, so that many share a round trip, a
 * transaction and an fsync. Who comes when a lane is free waits for nobody. Bounded in number, size and time: beyond that,
 * `add` refuses.
 */
export class GroupCommit<I, O> {
  readonly #options: GroupCommitOptions<I, O>;
  readonly #busyKeys = new Set<string>();
  #waiting: Waiting<I, O>[] = [];
  #waitingSize = 0;
  #writing = 0;
  #scheduled = false;

  constructor(options: GroupCommitOptions<I, O>) {
    this.#options = options;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws Problem 503 `unavailable` when too much waits: nothing was written. Otherwise what `write` decided. */
  add(item: I): Promise<O> {
    const { maxWaiting, maxWaitingSize, keyOf, sizeOf } = this.#options;
    const size = sizeOf(item);
    if (this.#waiting.length >= maxWaiting || this.#waitingSize + size > maxWaitingSize) {
      return Promise.reject(overloaded());
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject, key: keyOf(item), size, sinceMs: performance.now() });
      this.#waitingSize += size;
      this.#startSoon();
    });
  }

  /**
   * Where nothing is being written, as soon as what runs now has run: who is alone waits for nobody. Otherwise at the end of this turn, so that what
   * was read from the network together is written together.
   */
  #startSoon(): void {
    if (this.#scheduled || this.#writing >= this.#options.lanes) return;
    this.#scheduled = true;
    if (this.#writing === 0) queueMicrotask(() => this.#start());
    else setImmediate(() => this.#start());
  }

  #start(): void {
    this.#scheduled = false;
    const group = this.#next();
    if (group.length > 0) void this.#write(group);
    if (this.#waiting.length > 0 && group.length > 0) this.#startSoon();
  }

  async #write(group: readonly Waiting<I, O>[]): Promise<void> {
    this.#writing += 1;
    for (const { key } of group) this.#busyKeys.add(key);
    try {
      await this.#options.write(group);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    for (const { key } of group) this.#busyKeys.delete(key);
    this.#writing -= 1;
    if (this.#waiting.length > 0) this.#startSoon();
  }

  /** The oldest whose keys are free, taken out of what waits. */
  #next(): Waiting<I, O>[] {
    const { maxGroup, maxKeys = Number.POSITIVE_INFINITY, maxWaitMs } = this.#options;
    const oldestMs = performance.now() - maxWaitMs;
    const group: Waiting<I, O>[] = [];
    const rest: Waiting<I, O>[] = [];
    const keys = new Set<string>();
    const fits = ({ key }: Waiting<I, O>) =>
      group.length < maxGroup && !this.#busyKeys.has(key) && (keys.has(key) || keys.size < maxKeys);
    for (const entry of this.#waiting) {
      if (entry.sinceMs < oldestMs) entry.reject(overloaded());
      else if (fits(entry)) {
        keys.add(entry.key);
        group.push(entry);
      } else {
        rest.push(entry);
        continue;
      }
      this.#waitingSize -= entry.size;
    }
    this.#waiting = rest;
    return group;
  }
}

function overloaded(): Problem {
  return new Problem('unavailable', {
    detail: 'More is being written than the database takes at this moment. Try again shortly.',
    retryAfterS: 1,
    internal: 'group commit: too much waits',
  });
}
