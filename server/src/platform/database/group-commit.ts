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
  sizeOf(item: I): number;
  maxGroup: number;
  maxWaiting: number;
  maxWaitingSize: number;
  /** Who has waited so long is refused instead of written. */
  maxWaitMs: number;
};

type Waiting<I, O> = Entry<I, O> & { readonly sinceMs: number };

/**
 * Group commit: one group is being written at a time, and what arrives meanwhile goes together in the next, so that many share
 * a round trip, a transaction and an fsync. Who comes alone waits for nobody. The order of arrival is kept. Bounded in number,
 * size and time: beyond that, `add` refuses.
 */
export class GroupCommit<I, O> {
  readonly #options: GroupCommitOptions<I, O>;
  #waiting: Waiting<I, O>[] = [];
  #waitingSize = 0;
  #writing = false;

  constructor(options: GroupCommitOptions<I, O>) {
    this.#options = options;
  }

  /** @throws Problem 503 `unavailable` when too much waits: nothing was written. Otherwise what `write` decided. */
  add(item: I): Promise<O> {
    const { maxWaiting, maxWaitingSize, sizeOf } = this.#options;
    const size = sizeOf(item);
    if (this.#waiting.length >= maxWaiting || this.#waitingSize + size > maxWaitingSize) {
      return Promise.reject(overloaded());
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject, sinceMs: performance.now() });
      this.#waitingSize += size;
      if (this.#writing) return;
      this.#writing = true;
      // At the end of this turn: what was read from the network together is written together.
      setImmediate(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    for (let group = this.#next(); group.length > 0; group = this.#next()) {
      try {
        await this.#options.write(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#writing = false;
  }

  #next(): Waiting<I, O>[] {
    const { maxGroup, maxWaitMs, sizeOf } = this.#options;
    const oldestMs = performance.now() - maxWaitMs;
    let late = 0;
    for (; (this.#waiting[late]?.sinceMs ?? Number.POSITIVE_INFINITY) < oldestMs; late += 1);
    for (const { item, reject } of this.#waiting.splice(0, late)) {
      this.#waitingSize -= sizeOf(item);
      reject(overloaded());
    }
    const group = this.#waiting.splice(0, maxGroup);
    for (const { item } of group) this.#waitingSize -= sizeOf(item);
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
