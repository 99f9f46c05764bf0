/** How far a client has each room without a hole: that is what it resumes from. */
export class Inbox {
  readonly #rooms = new Map<string, { cursor: number; ahead: Set<number> }>();

  cursor(roomId: string): number {
    return this.#rooms.get(roomId)?.cursor ?? 0;
  }

  /** A message was shown, or acknowledged, in any order. */
  add(roomId: string, seq: number): void {
    const room = this.#rooms.get(roomId) ?? { cursor: 0, ahead: new Set() };
    this.#rooms.set(roomId, room);
    if (seq > room.cursor) room.ahead.add(seq);
    while (room.ahead.delete(room.cursor + 1)) room.cursor += 1;
  }
}
