import { performance } from 'node:perf_hooks';

/** From one look to the next: where there is something to see, and else. */
const [busyEveryMs, calmEveryMs] = [20, 250];

/**
 * How late the turns of the event loop are. A timer of our own: `monitorEventLoopDelay` leaves out the first turn after each reset, and
 * so sees nothing at all once a turn takes longer than the time between two looks. While the loop waits for more than half of its time, and is
 * woken in time, few looks are enough: turns that come one after another, each of which makes the next late, leave it no such time.
 */
export class EventLoopDelays {
  #timer: NodeJS.Timeout;
  #everyMs = busyEveryMs;
  #used = performance.eventLoopUtilization();
  #lastMs = performance.now();
  #sumMs = 0;
  #count = 0;

  constructor() {
    this.#timer = this.#look();
  }

  /** Milliseconds, on average since the last time that this was asked: one long turn among many is not much. */
  takeMean(): number {
    const mean =
      this.#count === 0 ? Math.max(0, performance.now() - this.#lastMs - this.#everyMs) : this.#sumMs / this.#count;
    this.#sumMs = 0;
    this.#count = 0;
    this.#pace(mean);
    return mean;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #pace(mean: number): void {
    const used = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(used, this.#used);
    this.#used = used;
    const everyMs = utilization > 0.5 || mean > busyEveryMs ? busyEveryMs : calmEveryMs;
    if (everyMs === this.#everyMs) return;
    this.#everyMs = everyMs;
    this.stop();
    this.#timer = this.#look();
  }

  #look(): NodeJS.Timeout {
    this.#lastMs = performance.now();
    return setInterval(() => this.#note(), this.#everyMs).unref();
  }

  #note(): void {
    const nowMs = performance.now();
    this.#sumMs += Math.max(0, nowMs - this.#lastMs - this.#everyMs);
    this.#count += 1;
    this.#lastMs = nowMs;
  }
}
