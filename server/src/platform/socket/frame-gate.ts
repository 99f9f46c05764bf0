/** What a gate says to one frame: let it in, refuse it and say when there is room again, or end the connection. */
export type Verdict = { pass: true } | { pass: false; retryAfterMs: number; flooding: boolean };

export type FrameGateLimits = {
  readonly framesPerSecond: number;
  readonly frameBurst: number;
  /** Refused for this long without a pause: flooding. */
  readonly floodCloseMs: number;
};

const passed: Verdict = { pass: true };

/** A token bucket for the frames of one connection. Times are milliseconds of any steady clock. */
export class FrameGate {
  readonly #limits: FrameGateLimits;
  #tokens: number;
  #filledAtMs: number;
  /** When the flood began that still goes on, and its latest refused frame. */
  #floodSinceMs = 0;
  #refusedAtMs = Number.NEGATIVE_INFINITY;

  constructor(limits: FrameGateLimits, nowMs: number) {
    this.#limits = limits;
    this.#tokens = limits.frameBurst;
    this.#filledAtMs = nowMs;
  }

  /** Then it is as one that is new. */
  isFull(nowMs: number): boolean {
    return this.#tokensAt(nowMs) === this.#limits.frameBurst;
  }

  /** Then the next one is refused. */
  isEmpty(nowMs: number): boolean {
    return this.#tokensAt(nowMs) < 1;
  }

  take(nowMs: number): Verdict {
    const { framesPerSecond, floodCloseMs } = this.#limits;
    this.#tokens = this.#tokensAt(nowMs);
    this.#filledAtMs = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return passed;
    }
    // Told to wait until there is room for a second's worth: who does so has paused, and is no flood.
    const retryAfterMs = Math.ceil(((framesPerSecond - this.#tokens) / framesPerSecond) * 1000);
    if (nowMs - this.#refusedAtMs > pauseMs) this.#floodSinceMs = nowMs;
    this.#refusedAtMs = nowMs;
    return { pass: false, retryAfterMs, flooding: nowMs - this.#floodSinceMs >= floodCloseMs };
  }

  #tokensAt(nowMs: number): number {
    const { framesPerSecond, frameBurst } = this.#limits;
    return Math.min(frameBurst, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * framesPerSecond);
  }
}

/** Shorter than any `retryAfterMs`: who waits as long as told is never taken for a flood. */
const pauseMs = 900;
