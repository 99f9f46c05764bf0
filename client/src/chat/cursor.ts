import type { Message } from '@openward/contracts';

/** How many messages are kept that came before their turn. What is beyond comes again with a resume. */
const maxHeld = 256;

/** How far one room has been delivered: lets each message through once, in order, and knows when some are missing. */
export class Cursor {
  #seq: number;
  readonly #held = new Map<number, Message>();
  /** A resume is under way up to here; Infinity until its answer names the end. */
  #resumingTo: number | null = null;
  #seqAtLastPosition: number | null = null;

  constructor(seq: number) {
    this.#seq = seq;
  }

  /** The last message that was delivered, 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** Something is held that is not next, and nothing is under way to fill the gap. */
  get hasGap(): boolean {
    return this.#held.size > 0 && this.#resumingTo === null;
  }

  /** Takes a message in. @returns what is due now, in order: nothing, it, or it and what waited for it. */
  take(message: Message): Message[] {
    if (message.seq <= this.#seq) return [];
    if (message.seq === this.#seq + 1 || this.#held.size < maxHeld) this.#held.set(message.seq, message);
    const due: Message[] = [];
    for (let next = this.#held.get(this.#seq + 1); next !== undefined; next = this.#held.get(this.#seq + 1)) {
      this.#held.delete(next.seq);
      this.#seq = next.seq;
      due.push(next);
    }
    this.#endResumeAt(this.#resumingTo);
    return due;
  }

  /**
   * The server's word on how far the room is. @returns whether to resume: something is missing, and no resume is under
   * way or the one under way has brought nothing since the last such word.
   */
  isBehind(headSeq: number): boolean {
    const isStuck = this.#seqAtLastPosition === this.#seq;
    this.#seqAtLastPosition = this.#seq;
    return headSeq > this.#seq && (this.#resumingTo === null || isStuck);
  }

  /** A resume is being asked for. @returns its `afterSeq`. */
  beginResume(): number {
    this.#resumingTo = Number.POSITIVE_INFINITY;
    return this.#seq;
  }

  /** The server has answered: everything up to `toSeq` follows. */
  resumed(toSeq: number): void {
    if (this.#resumingTo !== null) this.#endResumeAt(toSeq);
  }

  /** To another place: the server's `reset`, or the caller's wish. */
  moveTo(seq: number): void {
    this.#held.clear();
    this.#resumingTo = null;
    this.#seqAtLastPosition = null;
    this.#seq = seq;
  }

  #endResumeAt(toSeq: number | null): void {
    this.#resumingTo = toSeq !== null && toSeq > this.#seq ? toSeq : null;
  }
}
