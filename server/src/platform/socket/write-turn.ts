/** Who has something to write at the end of this turn of the event loop. */
export type Writer = { flush(): void };

/**
 * What is sent to one connection within a turn goes out with one write(2), which is what most of a delivery costs. Nothing waits
 * longer than for the work that is at hand.
 */
export class WriteTurn<W extends Writer = Writer> {
  readonly #onBroken: (writer: W, error: unknown) => void;
  #writers: W[] = [];

  /** `onBroken` hears whose `flush` threw, once all the others have had their turn. */
  constructor(onBroken: (writer: W, error: unknown) => void) {
    this.#onBroken = onBroken;
  }

  /** `flush` will be called once. To be asked for again after that. */
  add(writer: W): void {
    if (this.#writers.push(writer) === 1) process.nextTick(() => this.#end());
  }

  /** Whether nobody else is to be written to so far. */
  isFirst(writer: W): boolean {
    return this.#writers.length === 1 && this.#writers[0] === writer;
  }

  #end(): void {
    const writers = this.#writers;
    this.#writers = [];
    const broken: { writer: W; error: unknown }[] = [];
    for (const writer of writers) {
      try {
        writer.flush();
      } catch (error) {
        // The others wait for this turn alone: whoever missed it would be silent for ever.
        broken.push({ writer, error });
      }
    }
    for (const { writer, error } of broken) this.#onBroken(writer, error);
  }
}
