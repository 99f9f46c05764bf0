import type { typingLastsMs as contractLastsMs } from '@openward/contracts';

const lastsMs: typeof contractLastsMs = 5000;

export type Typist = { readonly roomId: string; readonly accountId: string };

/** Who is typing. The server says only that somebody is: it is over when that was not said again for 5 s, or a message came. */
export class Typists {
  readonly #ends = new Map<string, { typist: Typist; timer: ReturnType<typeof setTimeout> }>();
  readonly #onEnd: (typist: Typist) => void;

  constructor(onEnd: (typist: Typist) => void) {
    this.#onEnd = onEnd;
  }

  heard({ roomId, accountId }: Typist): void {
    const typist = { roomId, accountId };
    clearTimeout(this.#ends.get(keyOf(typist))?.timer);
    this.#ends.set(keyOf(typist), { typist, timer: setTimeout(() => this.end(typist), lastsMs) });
  }

  /** It is over. Of who does not type nothing is said. */
  end(typist: Typist): void {
    const ended = this.#ends.get(keyOf(typist));
    if (ended === undefined) return;
    clearTimeout(ended.timer);
    this.#ends.delete(keyOf(typist));
    this.#onEnd(ended.typist);
  }

  in(roomId: string): string[] {
    return [...this.#ends.values()].flatMap(({ typist }) => (typist.roomId === roomId ? [typist.accountId] : []));
  }

  /** In silence. */
  close(): void {
    for (const { timer } of this.#ends.values()) clearTimeout(timer);
    this.#ends.clear();
  }
}

function keyOf({ roomId, accountId }: Typist): string {
  return `${roomId} ${accountId}`;
}
