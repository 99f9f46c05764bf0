/**
 * A message is missing in a room while a later one is at hand. It was committed before that one, so that its news is most likely on
 * its way from another node: a moment's patience saves a reading.
 */
export class Hole {
  /** The message before it. */
  readonly after: number;
  /** Nothing more is to be waited for. */
  readonly over: Promise<void>;
  readonly #end: () => void;
  #open = true;

  constructor(after: number, afterPatience: (act: () => void) => void) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.after = after;
    this.over = promise;
    this.#end = resolve;
    afterPatience(() => this.close());
  }

  get open(): boolean {
    return this.#open;
  }

  close(): void {
    this.#open = false;
    this.#end();
  }
}
