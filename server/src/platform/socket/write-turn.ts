/** Who has something to write at the end of this turn of the event loop. */
export type Writer = { flush(): void };

/**
 * What is sent to one connection within a turn goes out with one write(2), which is what most of a delivery costs. Nothing waits
 * longer than for the work that is at hand.
 */
export class WriteTurn {
  #writers: Writer[] = [];

  /** `flush` will be called once. To be asked for again after that. */
  add(writer: Writer): void {
    if (this.#writers.push(writer) === 1) setImmediate(() => this.#end());
  }

  #end(): void {
    const writers = this.#writers;
    this.#writers = [];
    for (const writer of writers) writer.flush();
  }
}
