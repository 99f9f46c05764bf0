/** How far one has read, and how far the server says so: what it was told and does not know is told again. */
export class Reads {
  readonly #read = new Map<string, number>();
  readonly #known = new Map<string, number>();

  /** @returns whether it is further than before. */
  add(roomId: string, seq: number): boolean {
    return raise(this.#read, roomId, seq);
  }

  /** The server's word. */
  heard(roomId: string, seq: number): void {
    raise(this.#known, roomId, seq);
  }

  /** What the server, whose room ends at `headSeq`, does not know yet; null where it does. */
  due(roomId: string, headSeq: number): number | null {
    const seq = this.#read.get(roomId) ?? 0;
    return seq > (this.#known.get(roomId) ?? 0) && seq <= headSeq ? seq : null;
  }
}

function raise(seqs: Map<string, number>, roomId: string, seq: number): boolean {
  if (seq <= (seqs.get(roomId) ?? 0)) return false;
  seqs.set(roomId, seq);
  return true;
}
