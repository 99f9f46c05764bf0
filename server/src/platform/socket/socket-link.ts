import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { FrameGate, type FrameGateLimits } from './frame-gate.ts';
import type { WriteTurn } from './write-turn.ts';

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

/**
 * One WebSocket, with everything about it bounded. Frames are bytes as they go over the wire ({@link textFrame}), which many links
 * may share, so what waits for a slow reader costs a pointer for each frame. They go past `ws` straight into the stream: without
 * compression and fragments there is nothing left for it to do.
 */
export class SocketLink {
  readonly #socket: WebSocket;
  readonly #stream: Socket;
  readonly #turn: WriteTurn<SocketLink>;
  readonly #limits: SocketLinkLimits;
  readonly #codes: SocketCloseCodes;
  readonly #gate: FrameGate;
  #handlers: SocketHandlers | null = null;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #inFlight = false;
  /** Will be flushed at the end of this turn. */
  #scheduled = false;
  #full = false;
  /** Since when too much has been unsent; NaN: it is not. */
  #pressedSinceMs = Number.NaN;
  #closing = false;
  #alive = true;
  #pingedAtMs: number;
  #badFrames = 0;
  #badSinceMs = 0;

  constructor(options: {
    socket: WebSocket;
    /** What the WebSocket is on. */
    stream: Socket;
    turn: WriteTurn<SocketLink>;
    limits: SocketLinkLimits;
    codes: SocketCloseCodes;
  }) {
    const { socket, stream, turn, limits, codes } = options;
    const nowMs = performance.now();
    this.#socket = socket;
    this.#stream = stream;
    this.#turn = turn;
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
    return this.#waitingBytes + this.#stream.writableLength;
  }

  send(frame: Buffer): void {
    if (!this.open) return;
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    if (!this.#inFlight && !this.#scheduled) {
      this.#scheduled = true;
      this.#turn.add(this);
    }
    this.#measure();
  }

  /** Ends the connection. `last` goes out before what waits for a slow reader: a reader that is behind learns why, and asks again for the rest. */
  close(code: number, reason: string, last?: Buffer): void {
    if (!this.open) return;
    if (!this.#inFlight) this.flush();
    if (last !== undefined) this.#stream.write(last);
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

  /** The end of the turn: what was sent meanwhile goes out together. */
  flush(): void {
    this.#scheduled = false;
    if (this.#waiting.length === 0 || !this.open) return;
    if (this.#waiting.length === 1) this.#writeSome();
    else {
      this.#stream.cork();
      this.#writeSome();
      this.#stream.uncork();
    }
  }

  /** As much as may be under way. */
  #writeSome(): void {
    let sent = 0;
    for (; sent < this.#waiting.length && !this.#inFlight; sent += 1) {
      const frame = this.#waiting[sent];
      if (frame === undefined) break;
      this.#waitingBytes -= frame.length;
      this.#inFlight = this.#stream.writableLength + frame.length >= inFlightBytes;
      if (this.#inFlight) this.#stream.write(frame, () => this.#flushed());
      else this.#stream.write(frame);
    }
    if (sent === this.#waiting.length) this.#waiting.length = 0;
    else this.#waiting.splice(0, sent);
  }

  /** The kernel has taken everything: the next portion. */
  #flushed(): void {
    this.#inFlight = false;
    this.flush();
    this.#measure(true);
  }

  #measure(progress = false): void {
    const unsent = this.unsentBytes;
    const nowMs = performance.now();
    if (unsent >= this.#limits.maxUnsentBytes) {
      this.#full = true;
      if (Number.isNaN(this.#pressedSinceMs)) this.#pressedSinceMs = nowMs;
    } else if (this.#full && unsent > this.#limits.maxUnsentBytes / 2) {
      // Not out of it yet: a reader that stops here is too slow as well.
      if (progress) this.#pressedSinceMs = nowMs;
    } else {
      this.#pressedSinceMs = Number.NaN;
      if (!this.#full) return;
      this.#full = false;
      if (this.open) this.#handlers?.onDrain();
    }
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
