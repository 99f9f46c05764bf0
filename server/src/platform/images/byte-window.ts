/** The bytes are not the image that they say they are: cut short, or built in a way that no decoder needs to take. */
export class MalformedImageError extends Error {
  override readonly name = 'MalformedImageError';
}

/** Reads into `buffer` from a place on. @returns how many bytes there were. */
export type ReadBytes = (buffer: Buffer, at: number) => Promise<number>;

const windowBytes = 64 * 1024;

/** A file of any size seen through a window of 64 kB, so that looking through it costs no more memory than that. */
export class ByteWindow {
  readonly size: number;
  readonly #read: ReadBytes;
  #window = Buffer.alloc(0);
  #from = 0;

  constructor(size: number, read: ReadBytes) {
    this.size = size;
    this.#read = read;
  }

  /** Up to 64 kB from a place on. @throws MalformedImageError beyond the end. */
  async bytes(at: number, length: number): Promise<Buffer> {
    if (at + length > this.size || length > windowBytes) throw new MalformedImageError(`nothing at ${at}`);
    if (at < this.#from || at + length > this.#from + this.#window.length) await this.#move(at);
    const start = at - this.#from;
    if (start + length > this.#window.length) throw new MalformedImageError(`nothing at ${at}`);
    return this.#window.subarray(start, start + length);
  }

  /** What is left of the window from a place on, at least one byte. @throws MalformedImageError beyond the end. */
  async rest(at: number): Promise<Buffer> {
    await this.bytes(at, 1);
    return this.#window.subarray(at - this.#from);
  }

  async #move(at: number): Promise<void> {
    const buffer = Buffer.alloc(Math.min(windowBytes, this.size - at));
    const length = await this.#read(buffer, at);
    this.#window = buffer.subarray(0, length);
    this.#from = at;
  }
}
