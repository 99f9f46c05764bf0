/** So many at once; whoever finds no place free waits for one, in the order of coming. A free place costs next to nothing. */
export class Line {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  /** @throws what `work` throws. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // A place that somebody waits for never becomes free: it is handed on.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

/** One at a time for each key; who has another key waits for nobody. */
export class LineByKey {
  readonly #lines = new Map<string, { line: Line; inIt: number }>();

  /** @throws what `work` throws. */
  async through<T>(key: string, work: () => Promise<T>): Promise<T> {
    const own = this.#lines.get(key) ?? { line: new Line(1), inIt: 0 };
    this.#lines.set(key, own);
    own.inIt += 1;
    try {
      return await own.line.through(work);
    } finally {
      own.inIt -= 1;
      if (own.inIt === 0) this.#lines.delete(key);
    }
  }
}
