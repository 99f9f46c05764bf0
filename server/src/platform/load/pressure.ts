/** Beyond five times what is good, a class at a time goes; below half of it they come back. In between nothing changes. */
const farTooMuch = 5;
const calm = 0.5;
/** Of a class: fewer than these are as good as none. */
const fewest = 0.04;

/**
 * How many classes of calls are sent away, and what share of the next: 1.3 is the first, and three in ten of the second. What is
 * let in of a class is halved or more while there is too much, and grows slowly while there is little, so that it finds what can be
 * done and stays there: all or nothing would let the whole flood in again and again, to look whether it is over.
 */
export class Pressure {
  readonly #max: number;
  #value = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get value(): number {
    return this.#value;
  }

  /** A look: 1 is as much as is good. */
  take(ratio: number): void {
    if (ratio > farTooMuch) this.#value = Math.min(this.#max, Math.floor(this.#value) + 1);
    // The last class goes only for far too much: what makes turns late may be no call at all, and then it helps nobody.
    else if (ratio > 1) this.#value = Math.min(this.#max - 1, raised(this.#value, ratio));
    else if (ratio < calm && this.#value > 0) this.#value = lowered(this.#value);
  }
}

function raised(value: number, ratio: number): number {
  const whole = Math.floor(value);
  const letIn = (1 - (value - whole)) / (1 + ratio);
  return letIn < fewest ? whole + 1 : whole + 1 - letIn;
}

function lowered(value: number): number {
  const whole = Math.ceil(value) - 1;
  const letIn = whole + 1 - value;
  return Math.max(whole, whole + 1 - (letIn * 1.15 + fewest));
}
