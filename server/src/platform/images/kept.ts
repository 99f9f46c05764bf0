/** A stretch of the file that stays as it is, or bytes in place of others. */
export type Part = { from: number; to: number } | Buffer;

/** What an image is without what it tells of its making, and its size in pixels as it is shown. */
export type CleanImage = { parts: Part[]; width: number; height: number };

/** Stretches that touch become one. */
export class Kept {
  readonly parts: Part[] = [];

  keep(from: number, to: number): void {
    const last = this.parts.at(-1);
    if (last !== undefined && !Buffer.isBuffer(last) && last.to === from) last.to = to;
    else this.parts.push({ from, to });
  }

  put(bytes: Buffer): void {
    this.parts.push(bytes);
  }

  get size(): number {
    return this.parts.reduce((sum, part) => sum + (Buffer.isBuffer(part) ? part.length : part.to - part.from), 0);
  }
}
