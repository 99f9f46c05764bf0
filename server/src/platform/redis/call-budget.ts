import { AsyncLocalStorage } from 'node:async_hooks';

/** How long one call waits for Redis, all its commands together. */
export const callBudgetMs = 50;
/** What is still going on then, as a socket's timer, is no call any more, and has its budget anew. */
const renewedAfterMs = 5000;

/**
 * What one call has left of the time that it may wait for Redis. Commands that are under way at the same time count once. It
 * goes along as context of the call and not in `ctx`, since limits and caches, which ask Redis for a call, are made once for all calls.
 */
export class CallBudget {
  #sinceMs = performance.now();
  #spentMs = 0;
  #pending = 0;
  #waitingSinceMs = 0;

  leftMs(nowMs: number): number {
    if (nowMs - this.#sinceMs > renewedAfterMs) {
      this.#sinceMs = nowMs;
      this.#waitingSinceMs = nowMs;
      this.#spentMs = 0;
    }
    const waitingMs = this.#pending === 0 ? 0 : nowMs - this.#waitingSinceMs;
    return Math.max(0, callBudgetMs - this.#spentMs - waitingMs);
  }

  begin(nowMs: number): void {
    if (this.#pending === 0) this.#waitingSinceMs = nowMs;
    this.#pending += 1;
  }

  end(nowMs: number): void {
    this.#pending -= 1;
    if (this.#pending === 0) this.#spentMs += nowMs - this.#waitingSinceMs;
  }
}

const budgets = new AsyncLocalStorage<CallBudget>();

/** Does a part of a call, and all that follows from it, on the call's budget. */
export function onBudget<T>(budget: CallBudget, work: () => T): T {
  return budgets.run(budget, work);
}

/** That of the call which this is a part of; none for jobs and frames, each of whose commands has the whole time. */
export function currentBudget(): CallBudget | undefined {
  return budgets.getStore();
}
