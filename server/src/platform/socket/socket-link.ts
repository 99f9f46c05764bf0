import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { FrameGate, type FrameGateLimits } from './frame-gate.ts';
import type { ListenedSocket, SocketListener } from './listened-socket.ts';
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

/** What the links of a server have in common. */
export type SocketLinkSettings = {
  readonly turn: WriteTurn<SocketLink>;
  readonly limits: SocketLinkLimits;
  readonly codes: SocketCloseCodes;
  /** Called when a link's closing handshake is over as well. */
  onGone(link: SocketLink): void;
};

/** Handed to the kernel at once; the rest waits here, so that a reader's progress shows in steps of this size. */
const inFlightBytes = 32 * 1024;

/**
 * One WebSocket, with everything about it bounded. Frames are bytes as they go over the wire ({@link textFrame}), which many links
 * may share, so what waits for a slow reader costs a pointer for each frame. They go past `ws` straight into the stream: without
 * compression and fragments there is nothing left for it to do.
 */
export class SocketLink implements SocketListener {
  readonly #socket: ListenedSocket;
  readonly #stream: Socket;
  readonly #settings: SocketLinkSettings;
  /** None: it would be full. */
  #gate: FrameGate | null = null;
  #handlers: SocketHandlers | null = null;
  #waiting: Buffer[] = nothing;
  #waitingBytes = 0;
  #inFlight = false;
  /** Will be flushed at the end of this turn. */
  #scheduled = false;
  #full = false;
  /** Since when too much has been unsent. */
  #pressedSinceMs: number | null = null;
  #closing = false;
  #alive = true;
  /** Whole, like every time that an idle link keeps: a small integer is no object. */
  #pingedAtMs = Math.round(performance.now());
  #badFrames = 0;
  #badSinceMs = 0;

  /** @param stream what the WebSocket is on. */
  constructor(socket: ListenedSocket, stream: Socket, settings: SocketLinkSettings) {
    this.#socket = socket;
    this.#stream = stream;
    this.#settings = settings;
    socket.listener = this;
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
    if (this.#waiting === nothing) this.#waiting = [frame];
    else this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    if (!this.#inFlight && !this.#scheduled) {
      this.#scheduled = true;
      this.#settings.turn.add(this);
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
    const { limits, codes } = this.#settings;
    if (this.#badFrames >= limits.maxBadFramesPerMinute) this.close(codes.protocolError, 'unreadable frames');
  }

  async shutdown(): Promise<void> {
    await this.#handlers?.onShutdown();
  }

  /** The server's clock, about once a second: heartbeat and slow readers. */
  tick(nowMs: number): void {
    const { limits, codes } = this.#settings;
    if (this.#pressedSinceMs !== null && nowMs - this.#pressedSinceMs >= limits.tooSlowMs) {
      this.close(codes.tooSlow, 'too slow');
      return;
    }
    if (this.#gate?.isFull(nowMs)) this.#gate = null;
    if (nowMs - this.#pingedAtMs < limits.heartbeatMs || !this.open) return;
    // While the reading is stopped, no pong can be heard.
    if (!this.#alive && !this.#socket.isPaused) {
      this.terminate();
      return;
    }
    this.#alive = false;
    this.#pingedAtMs = Math.round(nowMs);
    this.#socket.ping();
  }

  onMessage(data: Buffer, binary: boolean): void {
    this.#alive = true;
    if (this.#admit(data)) this.#handlers?.onFrame(data, binary);
  }

  /** A ping costs a pong: it counts like a frame. Who does not read gets none (RFC 6455, 5.5.3: that of a later one will do). */
  onPing(data: Buffer): void {
    if (this.#admit(noBytes) && !this.#stream.writableNeedDrain) this.#socket.pong(data);
  }

  onPong(): void {
    this.#alive = true;
  }

  onClose(): void {
    this.#end();
    this.#settings.onGone(this);
  }

  #admit(data: Buffer): boolean {
    if (!this.open) return false;
    const { limits, codes } = this.#settings;
    const nowMs = performance.now();
    this.#gate ??= new FrameGate(limits, nowMs);
    const verdict = this.#gate.take(nowMs);
    if (verdict.pass) return true;
    if (verdict.flooding) this.close(codes.flooding, 'too many frames');
    // A flood whose answers are not read gets none.
    else if (!this.#full) this.#handlers?.onRefused(data, verdict.retryAfterMs);
    return false;
  }

  /** What was sent last is waited for: it goes out now if it is the first of this turn. In a crowd each would take a write of its own. */
  hurry(): void {
    if (this.#scheduled && this.#settings.turn.isFirst(this)) this.#writeTogether();
  }

  /** The end of the turn: what was sent meanwhile goes out together. */
  flush(): void {
    this.#scheduled = false;
    this.#writeTogether();
  }

  #writeTogether(): void {
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
    if (sent === this.#waiting.length) this.#waiting = nothing;
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
    const { maxUnsentBytes } = this.#settings.limits;
    if (unsent >= maxUnsentBytes) {
      this.#full = true;
      this.#pressedSinceMs ??= performance.now();
    } else if (this.#full && unsent > maxUnsentBytes / 2) {
      // Not out of it yet: a reader that stops here is too slow as well.
      if (progress) this.#pressedSinceMs = performance.now();
    } else {
      this.#pressedSinceMs = null;
      if (!this.#full) return;
      this.#full = false;
      if (this.open) this.#handlers?.onDrain();
    }
  }

  #end(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#waiting = nothing;
    this.#waitingBytes = 0;
    this.#handlers?.onClosed();
  }
}

const noBytes = Buffer.alloc(0);
/** Of every link for which nothing waits. Never written to. */
const nothing: Buffer[] = [];
