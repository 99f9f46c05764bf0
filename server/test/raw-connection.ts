import { connect, type Socket } from 'node:net';
import { eventually } from './eventually.ts';

/** A connection that says what the test says, byte by byte, from one of this machine's addresses (127.0.0.0/8). */
export class RawConnection {
  readonly socket: Socket;
  /** Resolves when it has ended, however. */
  readonly closed: Promise<void>;
  #received = '';
  #ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      this.#received += data.toString('latin1');
    });
    this.closed = new Promise((resolve) => {
      const end = () => {
        this.#ended = true;
        resolve();
      };
      socket.once('end', end).once('close', end);
    });
  }

  static async open(url: string, from = '127.0.0.1'): Promise<RawConnection> {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port), localAddress: from });
    const connection = new RawConnection(socket);
    await Promise.race([new Promise<void>((resolve) => socket.once('connect', resolve)), connection.closed]);
    return connection;
  }

  get received(): string {
    return this.#received;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Of the answers so far, in their order. */
  get statuses(): number[] {
    return [...this.#received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  write(text: string): void {
    this.socket.write(text);
  }

  /** Asks, and waits for the answer. @returns its status, or null when the connection ends instead. */
  async ask(path: string, headers: readonly string[] = []): Promise<number | null> {
    const before = this.statuses.length;
    this.write(requestText(path, headers));
    await eventually('an answer', () => this.statuses.length > before || this.#ended);
    return this.statuses[before] ?? null;
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

export function requestText(path: string, headers: readonly string[] = [], method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\n${['host: localhost', ...headers].map((line) => `${line}\r\n`).join('')}\r\n`;
}
