import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * As little of an HTTP client as a load needs, since it shares a CPU with PostgreSQL: so many connections that each ask the same thing
 * again as soon as the answer is there. Answers have a Content-Length.
 */
export class HttpLoad {
  readonly #sockets: Socket[] = [];
  readonly #request: string;
  readonly #url: URL;
  #answers = 0;
  #going = true;

  constructor(address: string) {
    this.#url = new URL(address.replace('ws:', 'http:'));
    this.#request = `GET ${this.#url.pathname}${this.#url.search} HTTP/1.1\r\nhost: ${this.#url.host}\r\n\r\n`;
  }

  get answers(): number {
    return this.#answers;
  }

  /** @throws Error at the first answer that is no 200. */
  async run(
    connections: number,
    forMs: number,
    during: { begin(): void; end(): void },
    warmUpMs: number,
  ): Promise<void> {
    const failed = Promise.withResolvers<never>();
    for (let n = 0; n < connections; n += 1) this.#open(failed.reject);
    await Promise.race([sleep(warmUpMs), failed.promise]);
    this.#answers = 0;
    during.begin();
    await Promise.race([sleep(forMs), failed.promise]);
    during.end();
    this.#going = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(fail: (error: Error) => void): void {
    const socket = connect(Number(this.#url.port), this.#url.hostname);
    this.#sockets.push(socket);
    socket.setNoDelay(true);
    let missing = 0;
    let head = '';
    socket.on('error', (error) => this.#going && fail(error));
    socket.on('connect', () => socket.write(this.#request));
    socket.on('data', (piece) => {
      let body = piece.length;
      if (missing === 0) {
        head += piece.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!head.startsWith('HTTP/1.1 200')) return fail(new Error(head));
        missing = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        body = head.length - end - 4;
        head = '';
      }
      missing -= body;
      if (missing > 0) return;
      this.#answers += 1;
      if (this.#going) socket.write(this.#request);
    });
  }
}
