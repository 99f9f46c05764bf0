import type { ClientFrame, subprotocol as contractSubprotocol, ServerFrame } from '@openward/contracts';

const subprotocol: typeof contractSubprotocol = 'openward.chat.v1';

/** Until `ready` says how often the server is to be heard. */
const openTimeoutMs = 10_000;

/** A link on which nothing came for this many heartbeats is dead, whatever the operating system believes. */
const silentHeartbeats = 2.5;

export type Down = {
  /** WebSocket close code; 1006 when the connection was lost or given up. */
  readonly code: number;
  /** The wait that the server's `closing` frame asks for, else 0. */
  readonly retryAfterMs: number;
};

export type ConnectionHandlers = {
  readonly onFrame: (frame: ServerFrame) => void;
  /** Once, and nothing comes after it. */
  readonly onDown: (down: Down) => void;
};

/** One WebSocket from its opening to its end. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #handlers: ConnectionHandlers;
  #isDown: boolean = false;
  #retryAfterMs = 0;
  #lastFrameAt = Date.now();
  #silenceMs = openTimeoutMs;
  #watch: ReturnType<typeof setTimeout> | undefined;

  constructor(url: URL, handlers: ConnectionHandlers) {
    this.#handlers = handlers;
    this.#socket = new WebSocket(url, subprotocol);
    this.#socket.addEventListener('message', ({ data }) => this.#receive(data));
    this.#socket.addEventListener('close', ({ code }) => this.#end(code));
    // A `close` always follows, and says all there is to know.
    this.#socket.addEventListener('error', () => undefined);
    this.#watchSilence(openTimeoutMs);
  }

  /** Sends, or drops what there is no link for: all that must arrive is kept elsewhere. */
  send(frame: ClientFrame): void {
    if (!this.#isDown && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** Ends it from this side. `onDown` is not called. */
  close(): void {
    this.#isDown = true;
    clearTimeout(this.#watch);
    // Closed while it opens, browsers would write an error about it.
    if (this.#socket.readyState === WebSocket.CONNECTING) {
      this.#socket.addEventListener('open', () => this.#socket.close(1000));
    } else this.#socket.close(1000);
  }

  #receive(data: unknown): void {
    if (this.#isDown) return;
    this.#lastFrameAt = Date.now();
    const frame = parseFrame(data);
    if (frame === null) return;
    if (frame.type === 'closing') this.#retryAfterMs = frame.retryAfterMs;
    if (frame.type === 'ready') {
      this.#silenceMs = frame.heartbeatMs * silentHeartbeats;
      clearTimeout(this.#watch);
      this.#watchSilence(this.#silenceMs);
    }
    this.#handlers.onFrame(frame);
  }

  #watchSilence(inMs: number): void {
    this.#watch = setTimeout(() => {
      const leftMs = this.#lastFrameAt + this.#silenceMs - Date.now();
      if (leftMs > 0) {
        this.#watchSilence(leftMs);
        return;
      }
      // On a dead link a closing handshake takes long; the end is not waited for.
      this.#end(1006);
      this.#socket.close();
    }, inMs);
  }

  #end(code: number): void {
    if (this.#isDown) return;
    this.#isDown = true;
    clearTimeout(this.#watch);
    this.#handlers.onDown({ code, retryAfterMs: this.#retryAfterMs });
  }
}

/** A frame of a type that is not known here (a newer server) is none of our business; so is what is no frame. */
function parseFrame(data: unknown): ServerFrame | null {
  try {
    const value: unknown = JSON.parse(String(data));
    return typeof value === 'object' && value !== null && 'type' in value ? (value as ServerFrame) : null;
  } catch {
    return null;
  }
}
