import type { RoomSnapshot } from '../find-rooms.ts';

/** What the sockets of a room here have been told of a member. */
type Told = { presence: string | null; readSeq: number };

/** Who is in a room, and what the others here have been told of each: so that what they missed is noticed, and nothing is said twice. */
export class RoomMembers {
  #members: ReadonlyMap<string, Told> = new Map();

  get ids(): string[] {
    return [...this.#members.keys()];
  }

  has(accountId: string): boolean {
    return this.#members.has(accountId);
  }

  /** Those of a newer version of the room. Of who comes, nobody need be told how far they have read: views of the room say so. */
  become(members: RoomSnapshot['members']): void {
    const told = ([id, { readSeq }]: [string, { readSeq: number }]): [string, Told] => [
      id,
      this.#members.get(id) ?? { presence: null, readSeq },
    ];
    this.#members = new Map(Array.from(members, told));
  }

  /** Notes what is told of a member's presence. @returns whether it is news. */
  notePresence(accountId: string, presence: string): boolean {
    const known = this.#members.get(accountId);
    const isNews = known?.presence !== presence;
    if (known !== undefined) known.presence = presence;
    return isNews;
  }

  /** Notes how far a member has read. @returns whether it is news. */
  noteRead(accountId: string, readSeq: number): boolean {
    const known = this.#members.get(accountId);
    if (known === undefined || readSeq <= known.readSeq) return false;
    known.readSeq = readSeq;
    return true;
  }
}
