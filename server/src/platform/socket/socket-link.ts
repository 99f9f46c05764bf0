import { WebSocket } from 'ws';
import { FrameGate, type FrameGateLimits } from './frame-gate.ts';

export type SocketLinkLimits = FrameGateLimits & {
  readonly heartbeatMs: number;
  /** So many bytes unsent for so long: too slow. */
  readonly maxUnsentBytes: number;
  readonly tooSlowMs: number;
  readonly maxBadFramesPerMinute: number;
};

/** The close codes of the limits: which number says what is the protocol's to choose. */
export type SocketCloseCodes = {
  readonly tooSlow: number;
  readonly protocolError: number;
  readonly flooding: number;
};

/** What a protocol does with a connection. */
export type SocketHandlers = {
  onFrame(data: Buffer, binary: boolean): void;
  /** A frame beyond the rate: it was not handled. */
  onRefused(data: Buffer, retryAfterMs: number): void;
  /** After {@link SocketLink.full}: there is room again. */
  onDrain(): void;
  /** Nothing comes or goes any more. The closing handshake may still be on its way. */
  onClosed(): void;
  /** The server stops: finish what has begun, say goodbye, close. */
  onShutdown(): Promise<void>;
};

/** Handed to the kernel at once; the rest waits here, so that a reader's progress shows in steps of this size. */
const inFlightBytes = 32 * 1024;
const asText = { binary: false, compress: false };

/**
 * One WebSocket, with everything about it bounded. Frames are bytes that many links may share, so what waits for a slow reader
 * costs a pointer for each frame.
 */
export class SocketLink {
  readonly #socket: WebSocket;
  readonly #limits: SocketLinkLimits;
  readonly #codes: SocketCloseCodes;
  readonly #gate: FrameGate;
  #handlers: SocketHandlers | null = null;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #inFlight = false;
  #full = false;
  /** Since when too much has been unsent; NaN: it is not. */
  #pressedSinceMs = Number.NaN;
  #closing = false;
  #alive = true;
  #pingedAtMs: number;
  #badFrames = 0;
  #badSinceMs = 0;

  constructor(socket: WebSocket, limits: SocketLinkLimits, codes: SocketCloseCodes) {
    const nowMs = performance.now();
    this.#socket = socket;
    this.#limits = limits;
    this.#codes = codes;
    this.#gate = new FrameGate(limits, nowMs);
    this.#pingedAtMs = nowMs;
    socket.on('message', (data, binary) => this.#receive(toBuffer(data), binary));
    // A ping costs a pong: it counts like a frame.
    socket.on('ping', () => this.#admit(noBytes));
    socket.on('pong', () => {
      this.#alive = true;
    });
    // Broken frames (RFC 6455, 7.4.1: 1002, 1007, 1009) are closed by ws itself, with the code that says why.
    socket.on('error', () => {});
    socket.once('close', () => this.#end());
  }

  /** To be called in the same turn in which the link was made: until then nobody hears the frames. */
  attach(handlers: SocketHandlers): void {
    this.#handlers = handlers;
  }

  /** Too much is unsent: whoever can wait with more should, until `onDrain`. */
  get full(): boolean {
    return this.#full;
  }

  get open(): boolean {
    return !this.#closing && this.#socket.readyState === WebSocket.OPEN;
  }

  get unsentBytes(): number {
    return this.#waitingBytes + this.#socket.bufferedAmount;
  }

  send(frame: Buffer): void {
    if (!this.open) return;
    if (this.#inFlight || this.#waiting.length > 0) {
      this.#waiting.push(frame);
      this.#waitingBytes += frame.length;
    } else {
      this.#write(frame);
    }
    this.#measure();
  }

  /** Ends the connection. `last` goes out before what waits: a reader that is behind learns why, and asks again for the rest. */
  close(code: number, reason: string, last?: Buffer): void {
    if (!this.open) return;
    if (last !== undefined) this.#socket.send(last, asText);
    this.#socket.close(code, reason);
    this.#end();
  }

  terminate(): void {
    this.#socket.terminate();
    this.#end();
  }

  /** Stops and goes on reading: what the client sends meanwhile waits on its side. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** A frame that could not be read. Too many of them end the connection. */
  countBadFrame(): void {
    const nowMs = performance.now();
    if (nowMs - this.#badSinceMs >= 60_000) {
      this.#badSinceMs = nowMs;
      this.#badFrames = 0;
    }
    this.#badFrames += 1;
    if (this.#badFrames >= this.#limits.maxBadFramesPerMinute)
      this.close(this.#codes.protocolError, 'unreadable frames');
  }

  async shutdown(): Promise<void> {
    await this.#handlers?.onShutdown();
  }

  /** The server's clock, about once a second: heartbeat and slow readers. */
  tick(nowMs: number): void {
    if (nowMs - this.#pressedSinceMs >= this.#limits.tooSlowMs) {
      this.close(this.#codes.tooSlow, 'too slow');
      return;
    }
    if (nowMs - this.#pingedAtMs < this.#limits.heartbeatMs || !this.open) return;
    // While the reading is stopped, no pong can be heard.
    if (!this.#alive && !this.#socket.isPaused) {
      this.terminate();
      return;
    }
    this.#alive = false;
    this.#pingedAtMs = nowMs;
    this.#socket.ping();
  }

  #receive(data: Buffer, binary: boolean): void {
    this.#alive = true;
    if (this.#admit(data)) this.#handlers?.onFrame(data, binary);
  }

  #admit(data: Buffer): boolean {
    if (!this.open) return false;
    const verdict = this.#gate.take(performance.now());
    if (verdict.pass) return true;
    if (verdict.flooding) this.close(this.#codes.flooding, 'too many frames');
    // A flood whose answers are not read gets none.
    else if (!this.#full) this.#handlers?.onRefused(data, verdict.retryAfterMs);
    return false;
  }

  #write(frame: Buffer): void {
    if (this.#socket.bufferedAmount + frame.length < inFlightBytes) {
      this.#socket.send(frame, asText);
      return;
    }
    this.#inFlight = true;
    this.#socket.send(frame, asText, () => this.#flushed());
  }

  /** The kernel has taken everything: the next portion. */
  #flushed(): void {
    this.#inFlight = false;
    let sent = 0;
    for (; sent < this.#waiting.length && !this.#inFlight && this.open; sent += 1) {
      const frame = this.#waiting[sent];
      if (frame === undefined) break;
      this.#waitingBytes -= frame.length;
      this.#write(frame);
    }
    if (sent > 0) this.#waiting.splice(0, sent);
    this.#measure();
  }

  #measure(): void {
    const unsent = this.unsentBytes;
    if (unsent >= this.#limits.maxUnsentBytes) {
      this.#full = true;
      if (Number.isNaN(this.#pressedSinceMs)) this.#pressedSinceMs = performance.now();
      return;
    }
    this.#pressedSinceMs = Number.NaN;
    if (!this.#full || unsent > this.#limits.maxUnsentBytes / 2) return;
    this.#full = false;
    if (this.open) this.#handlers?.onDrain();
  }

  #end(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#handlers?.onClosed();
  }
}

const noBytes = Buffer.alloc(0);

function toBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
