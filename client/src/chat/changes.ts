import type { Message } from '@openward/contracts';

export type Change = { readonly changeSeq: number; readonly message: Message };

/** One page of the changes of a room after one, and how far the room is. */
export type ListChanges = (roomId: string, after: number) => Promise<{ items: readonly Change[]; changeSeq: number }>;

const pageSize = 100;

/**
 * How far the edits and retractions of each room have been told. Live frames raise it by one; where one was missed, the list of the
 * server has what it did.
 */
export class Changes {
  readonly #known: Map<string, number>;
  readonly #fetching = new Map<string, Promise<void>>();
  readonly #list: ListChanges;
  readonly #onChange: (message: Message, changeSeq: number) => void;

  constructor(
    known: Readonly<Record<string, number>>,
    list: ListChanges,
    onChange: (message: Message, changeSeq: number) => void,
  ) {
    this.#known = new Map(Object.entries(known));
    this.#list = list;
    this.#onChange = onChange;
  }

  /** The last change that was told of a room; null for a room not heard of. */
  seq(roomId: string): number | null {
    return this.#known.get(roomId) ?? null;
  }

  /** The server's word on how far a room is. Of a room not heard of, what was before is not ours to tell. */
  heard(roomId: string, changeSeq: number): void {
    const known = this.#known.get(roomId);
    if (known === undefined) this.#known.set(roomId, changeSeq);
    else if (changeSeq > known) this.#fetch(roomId);
  }

  /** A change came live. @returns whether it is to be told: it is the next one. What is beyond comes out of the list. */
  isNext(roomId: string, changeSeq: number | undefined): boolean {
    // A server of the version before does not count.
    if (changeSeq === undefined) return true;
    const known = this.#known.get(roomId) ?? changeSeq - 1;
    if (changeSeq === known + 1 && !this.#fetching.has(roomId)) {
      this.#known.set(roomId, changeSeq);
      return true;
    }
    if (changeSeq > known) this.#fetch(roomId);
    return false;
  }

  /** Once for all who ask; what fails is asked for again at the next position. */
  #fetch(roomId: string): void {
    if (this.#fetching.has(roomId)) return;
    const run = this.#read(roomId)
      .catch(() => undefined)
      .finally(() => this.#fetching.delete(roomId));
    this.#fetching.set(roomId, run);
  }

  async #read(roomId: string): Promise<void> {
    for (;;) {
      const after = this.#known.get(roomId) ?? 0;
      const { items, changeSeq } = await this.#list(roomId, after);
      for (const change of items) {
        this.#known.set(roomId, change.changeSeq);
        this.#onChange(change.message, change.changeSeq);
      }
      if (items.length < pageSize) {
        this.#known.set(roomId, Math.max(changeSeq, this.#known.get(roomId) ?? 0));
        return;
      }
    }
  }
}
