import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '#platform/problem.ts';

const firstMs = 500;
const eachMs = 150;
const mostOfOne = 10;
const mostOfAll = 200;

/** Holds calls up, for longer the more of the same subject wait: half a second to two. What would wait beyond the bounds is refused. */
export class Delays {
  readonly #waiting = new Map<string, number>();
  #all = 0;

  /** @throws Problem 429 `rate-limited`. */
  async wait(subjectKey: string): Promise<void> {
    const waiting = this.#waiting.get(subjectKey) ?? 0;
    if (waiting >= mostOfOne || this.#all >= mostOfAll)
      throw new Problem('rate-limited', { detail: 'Too many calls wait already. Try again in 2 s.', retryAfterS: 2 });
    this.#waiting.set(subjectKey, waiting + 1);
    this.#all += 1;
    try {
      await sleep(firstMs + eachMs * waiting, undefined, { ref: false });
    } finally {
      this.#all -= 1;
      const left = (this.#waiting.get(subjectKey) ?? 1) - 1;
      if (left === 0) this.#waiting.delete(subjectKey);
      else this.#waiting.set(subjectKey, left);
    }
  }
}
