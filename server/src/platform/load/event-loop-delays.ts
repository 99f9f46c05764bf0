const everyMs = 20;

/**
 * How late the turns of the event loop are. A timer of our own: `monitorEventLoopDelay` leaves out the first turn after each reset, and
 * so sees nothing at all once a turn takes longer than the time between two looks.
 */
export class EventLoopDelays {
  readonly #timer: NodeJS.Timeout;
  #lastMs = performance.now();
  #sumMs = 0;
  #count = 0;

  constructor() {
    this.#timer = setInterval(() => this.#note(), everyMs).unref();
  }

  /** Milliseconds, on average since the last time that this was asked: one long turn among many is not much. */
  takeMean(): number {
    if (this.#count === 0) return Math.max(0, performance.now() - this.#lastMs - everyMs);
    const mean = this.#sumMs / this.#count;
    this.#sumMs = 0;
    this.#count = 0;
    return mean;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #note(): void {
    const nowMs = performance.now();
    this.#sumMs += Math.max(0, nowMs - this.#lastMs - everyMs);
    this.#count += 1;
    this.#lastMs = nowMs;
  }
}
