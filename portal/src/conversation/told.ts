import type { Message } from '@openward/contracts';

/** What was told of changed messages, for pages that were read before it and arrive after it. */
export class Told {
  readonly #last = new Map<number, { changeSeq: number; change: Partial<Message> }>();

  note(seq: number, changeSeq: number, change: Partial<Message>): void {
    this.#last.set(seq, { changeSeq, change });
  }

  /** @param page `changeSeq` is the change of the room that it is as of. */
  applyTo({ items, changeSeq = 0 }: { items: readonly Message[]; changeSeq?: number | undefined }): readonly Message[] {
    return items.map((message) => {
      const told = this.#last.get(message.seq);
      return told === undefined || told.changeSeq <= changeSeq ? message : { ...message, ...told.change };
    });
  }
}
