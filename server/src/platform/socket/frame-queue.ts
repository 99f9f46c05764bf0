export type FrameQueueOptions<F> = {
  /** Never rejects: what goes wrong with a frame is the client's to hear. */
  handle(frame: F): Promise<void>;
  /** So many frames or bytes wait: nothing more is read from the connection until half of them are done. */
  maxFrames: number;
  maxBytes: number;
  onFull(): void;
  onRoom(): void;
};

/**
 * Handles the frames of one connection one after the other, in the order in which they came. Bounded: a full queue stops the
 * reading, so that a client that is faster than its frames can be handled waits in its own send buffer.
 */
export class FrameQueue<F> {
  readonly #options: FrameQueueOptions<F>;
  #waiting: { frame: F; bytes: number }[] = [];
  #bytes = 0;
  #full = false;
  #open = false;
  #busy = false;
  #running: Promise<void> | undefined;

  constructor(options: FrameQueueOptions<F>) {
    this.#options = options;
  }

  /** From now on frames are handled; those that came before have waited. */
  start(): void {
    this.#open = true;
    this.#run();
  }

  push(frame: F, bytes: number): void {
    this.#waiting.push({ frame, bytes });
    this.#bytes += bytes;
    if (!this.#full && (this.#waiting.length >= this.#options.maxFrames || this.#bytes >= this.#options.maxBytes)) {
      this.#full = true;
      this.#options.onFull();
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
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#options.handle(next);
    this.#busy = false;
  }

  #next(): F | undefined {
    if (!this.#open) return undefined;
    const first = this.#waiting.shift();
    if (first === undefined) return undefined;
    this.#bytes -= first.bytes;
    const { maxFrames, maxBytes, onRoom } = this.#options;
    if (this.#full && this.#waiting.length <= maxFrames / 2 && this.#bytes <= maxBytes / 2) {
      this.#full = false;
      onRoom();
    }
    return first.frame;
  }
}
