import { memoryLimits } from '#server/limits.ts';

/**
 * What waits to be told until it is known to whom. While the database is away, more may come than is worth keeping: of what is older, all
 * but typing is found out at a heartbeat.
 */
export class Held {
  #tellings: (() => void)[] = [];

  add(tell: () => void): void {
    this.#tellings.push(tell);
    if (this.#tellings.length > memoryLimits.heldFrames) this.#tellings.shift();
  }

  release(): void {
    const tellings = this.#tellings;
    this.#tellings = [];
    for (const tell of tellings) tell();
  }
}
