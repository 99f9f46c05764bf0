/** Whose frames wait. */
export type FrameQueueOwner<F> = {
  /** Never rejects: what goes wrong with a frame is the client's to hear. */
  handleFrame(frame: F): Promise<void>;
  /** Too much waits: nothing more is to be read from the connection. */
  onQueueFull(): void;
  /** Half of it is done. */
  onQueueRoom(): void;
};

export type FrameQueueLimits = { readonly maxQueuedFrames: number; readonly maxQueuedBytes: number };

/**
 * Handles the frames of one connection one after the other, in the order in which they came. Bounded: a full queue stops the
 * reading, so that a client that is faster than its frames can be handled waits in its own send buffer.
 */
export class FrameQueue<F> {
  readonly #owner: FrameQueueOwner<F>;
  readonly #limits: FrameQueueLimits;
  #waiting: { frame: F; bytes: number }[] = [];
  #bytes = 0;
  #full = false;
  #open = false;
  #busy = false;
  #running: Promise<void> | undefined;

  constructor(owner: FrameQueueOwner<F>, limits: FrameQueueLimits) {
    this.#owner = owner;
    this.#limits = limits;
  }

  /** Nothing waits, and nothing is being handled. */
  get isIdle(): boolean {
    return !this.#busy && this.#waiting.length === 0;
  }

  /** From now on frames are handled; those that came before have waited. */
  start(): void {
    this.#open = true;
    this.#run();
  }

  push(frame: F, bytes: number): void {
    this.#waiting.push({ frame, bytes });
    this.#bytes += bytes;
    const { maxQueuedFrames, maxQueuedBytes } = this.#limits;
    if (!this.#full && (this.#waiting.length >= maxQueuedFrames || this.#bytes >= maxQueuedBytes)) {
      this.#full = true;
      this.#owner.onQueueFull();
    }
    if (this.#open) this.#run();
  }

  /** Drops what waits. @returns when the frame that is being handled is done. */
  async stop(): Promise<void> {
    this.#open = false;
    this.#waiting = [];
    this.#bytes = 0;
    await this.#running;
  }

  #run(): void {
    if (!this.#busy) this.#running = this.#drain();
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#owner.handleFrame(next);
    this.#busy = false;
  }

  #next(): F | undefined {
    if (!this.#open) return undefined;
    const first = this.#waiting.shift();
    if (first === undefined) return undefined;
    this.#bytes -= first.bytes;
    const { maxQueuedFrames, maxQueuedBytes } = this.#limits;
    if (this.#full && this.#waiting.length <= maxQueuedFrames / 2 && this.#bytes <= maxQueuedBytes / 2) {
      this.#full = false;
      this.#owner.onQueueRoom();
    }
    return first.frame;
  }
}
