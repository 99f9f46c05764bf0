import { callBudgetMs } from './call-budget.ts';

/** No answer in time. */
export class TooSlow extends Error {}

/** Somebody who waits for an answer: until when, and where in the list; -1: no longer. */
type Waiter = { dueAtMs: number; grace: boolean; at: number; leave(error: Error): void };

/** A look that is so late says that this process is busy, not Redis. */
const graceMs = 10;

/**
 * Those who wait for Redis at this moment. One timer for all, for the first whose time will be over: one for each, begun and ended, costs more
 * than its command. No Set: one that is filled and emptied all the time leaves tables behind that keep each other, and all that was in them,
 * until the whole heap is collected.
 */
export class Patience {
  readonly #waiting: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lookAtMs = Number.POSITIVE_INFINITY;

  /** @throws TooSlow when there is no answer in time. */
  wait<T>(answer: Promise<T>, limitMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        dueAtMs: performance.now() + limitMs,
        grace: false,
        at: this.#waiting.length,
        leave: (error) => {
          this.#remove(waiter);
          reject(error);
        },
      };
      this.#waiting.push(waiter);
      if (waiter.dueAtMs < this.#lookAtMs) this.#lookAt(waiter.dueAtMs);
      answer.then((value) => {
        this.#remove(waiter);
        resolve(value);
      }, waiter.leave);
    });
  }

  /** Nobody waits out the rest of a time that the first one has waited in vain. */
  end(error: Error): void {
    for (const { leave } of [...this.#waiting]) leave(error);
  }

  #lookAt(atMs: number): void {
    clearTimeout(this.#timer);
    this.#lookAtMs = atMs;
    if (atMs < Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.ceil(atMs - performance.now())));
  }

  #look(): void {
    const nowMs = performance.now();
    for (const waiter of this.#waiting) {
      if (waiter.dueAtMs > nowMs) continue;
      if (nowMs - waiter.dueAtMs < graceMs || waiter.grace) giveUp(waiter);
      else {
        waiter.grace = true;
        waiter.dueAtMs = nowMs + graceMs;
      }
    }
    const dueMs = this.#waiting.map(({ dueAtMs }) => dueAtMs).filter((atMs) => atMs > nowMs);
    this.#lookAt(Math.min(...dueMs));
  }

  /** The last takes the place of the one that leaves. */
  #remove(waiter: Waiter): void {
    if (waiter.at < 0) return;
    const last = this.#waiting.pop();
    if (last !== undefined && last !== waiter) {
      this.#waiting[waiter.at] = last;
      last.at = waiter.at;
    }
    waiter.at = -1;
  }
}

/** What has arrived meanwhile is read first, so that an answer that lies in the socket is not taken for none. */
function giveUp({ leave }: Waiter): void {
  setImmediate(() => leave(new TooSlow(`Redis did not answer all that a call asked within ${callBudgetMs} ms.`)));
}
