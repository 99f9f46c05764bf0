import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpLimits } from '#server/limits.ts';
import { addressKey } from '../limits/address-key.ts';

/** Why a connection is not taken, or not kept. */
export type Refused = 'address' | 'crowded' | 'total';
export type Cut = 'slow-request' | 'slow-body' | 'slow-reader' | 'silent' | 'pipelining';

type Pace = { sinceMs: number; bytes: number };

/** Where connections come from, and how many are open. */
type Source = { readonly key: string; open: number };

/** What is known of a connection that has asked something. */
class Calls {
  /** Whose body is on its way. */
  request: IncomingMessage | null = null;
  body: Pace = { sinceMs: 0, bytes: 0 };
  /** Of the newest call, until it has been sent. */
  response: ServerResponse | null = null;
  moved: Pace = { sinceMs: 0, bytes: 0 };
  /** Since when something has waited to be read by the other side, how much of it has gone, and what was there at the last look. */
  unread: (Pace & { given: number; queued: number }) | null = null;
  /** Calls that wait behind another of this connection. */
  waiting = 0;
  count = 0;
  refusals = 0;
  refusedIn = -1;
  /** Until when nothing is read from it. */
  deafUntilMs = 0;
}

/** One that became a socket asks nothing: it costs its place here, and no more. */
type Connection = { readonly source: Source | null; calls: Calls | null };

/**
 * Every connection of a node: how many there are and from where, and whether those at the other end ask and listen at a pace
 * that anybody has. Looked at by the clock: a connection costs nothing between two looks.
 */
export class Connections {
  readonly #limits: HttpLimits;
  readonly #trusts: (address: string) => boolean;
  readonly #all = new Map<Socket, Connection>();
  readonly #sources = new Map<string, Source>();
  readonly #onClose: (this: Socket) => void;

  /** `trusts`: whether an address is a proxy's, and so everybody's. */
  constructor(limits: HttpLimits, trusts: (address: string) => boolean) {
    this.#limits = limits;
    this.#trusts = trusts;
    const forget = (socket: Socket) => this.#forget(socket);
    // One for all of them: a listener of its own would be another thing that each connection holds.
    this.#onClose = function onClose(this: Socket) {
      forget(this);
    };
  }

  get size(): number {
    return this.#all.size;
  }

  /** Takes a connection, or says why not. */
  admit(socket: Socket): Refused | null {
    const { maxConnections, connectionsPerAddress, connectionsPerAddressWhenCrowded } = this.#limits;
    if (this.#all.size >= maxConnections) return 'total';
    const { remoteAddress = '' } = socket;
    const source = this.#trusts(remoteAddress) ? null : this.#sourceOf(addressKey(remoteAddress));
    if (source !== null) {
      if (source.open >= connectionsPerAddress) return 'address';
      if (source.open >= connectionsPerAddressWhenCrowded && this.#all.size >= maxConnections * 0.75) return 'crowded';
      source.open += 1;
      this.#sources.set(source.key, source);
    }
    this.#all.set(socket, { source, calls: null });
    socket.on('close', this.#onClose);
    return null;
  }

  #sourceOf(key: string): Source {
    return this.#sources.get(key) ?? { key, open: 0 };
  }

  /** A request has begun. @returns why its connection is to be cut, or null. */
  begin(request: IncomingMessage, response: ServerResponse): Cut | null {
    const connection = this.#all.get(request.socket);
    if (connection === undefined) return null;
    connection.calls ??= new Calls();
    const { calls } = connection;
    calls.count += 1;
    // Node's own bound only says so, and keeps the connection.
    if (calls.count >= this.#limits.requestsPerConnection) response.shouldKeepAlive = false;
    // Only what stands behind another call of its connection has no socket yet.
    if (response.socket === null) {
      calls.waiting += 1;
      if (calls.waiting > this.#limits.maxPipelined) return 'pipelining';
      response.once('close', () => {
        calls.waiting -= 1;
      });
    }
    const sinceMs = performance.now();
    calls.response = response;
    calls.moved.sinceMs = sinceMs;
    if (hasBody(request)) {
      calls.request = request;
      calls.body = { sinceMs, bytes: request.socket.bytesRead };
    }
    return null;
  }

  /** It speaks another protocol from now on, which has limits of its own. That it is closed is found out by the next look: a listener is a thing to hold. */
  upgraded(socket: Socket): void {
    const connection = this.#all.get(socket);
    if (connection === undefined) return;
    connection.calls = null;
    socket.off('close', this.#onClose);
  }

  /**
   * A call was sent away, in this window. Whoever asks on all the same is not heard for a while: cut off, it would be back at once, and those
   * who are new would wait behind it. Proxies do not choose how often they are asked.
   */
  refused(socket: Socket, response: ServerResponse, window: number): void {
    const { source = null, calls = null } = this.#all.get(socket) ?? {};
    if (source === null || calls === null) return;
    if (calls.refusedIn !== window) calls.refusals = 0;
    calls.refusedIn = window;
    calls.refusals += 1;
    if (calls.refusals > this.#limits.maxRefusals && calls.deafUntilMs === 0) {
      calls.deafUntilMs = performance.now() + this.#limits.deafMs;
    }
    // After each that came along: Node reads on once a call is over.
    if (calls.deafUntilMs > 0) response.once('close', () => calls.deafUntilMs > 0 && socket.pause());
  }

  /** Those who ask or listen too slowly, or do neither while a call of theirs is under way. */
  *slow(nowMs: number): Generator<readonly [Socket, Cut]> {
    for (const [socket, { calls }] of this.#all) {
      if (socket.destroyed) this.#forget(socket);
      if (calls === null || socket.destroyed) continue;
      if (calls.deafUntilMs > 0 && nowMs >= calls.deafUntilMs) {
        calls.deafUntilMs = 0;
        socket.resume();
      }
      if (this.#asksTooSlowly(socket, calls, nowMs)) yield [socket, 'slow-body'];
      else if (this.#listensTooSlowly(socket, calls, nowMs)) yield [socket, 'slow-reader'];
      else if (this.#isSilent(socket, calls, nowMs)) yield [socket, 'silent'];
    }
  }

  #asksTooSlowly(socket: Socket, calls: Calls, nowMs: number): boolean {
    const { request, body } = calls;
    if (request === null) return false;
    if (request.complete || request.destroyed) {
      calls.request = null;
      return false;
    }
    // More has come than was taken: it is this side that is slow.
    if (request.readableLength >= request.readableHighWaterMark) body.sinceMs = nowMs;
    const { bodyGraceMs, bodyBytesPerS } = this.#limits;
    return nowMs - body.sinceMs > bodyGraceMs + ((socket.bytesRead - body.bytes) / bodyBytesPerS) * 1000;
  }

  #listensTooSlowly(socket: Socket, calls: Calls, nowMs: number): boolean {
    if (socket.writableLength === 0) {
      calls.unread = null;
      return false;
    }
    const given = socket.bytesWritten - socket.writableLength;
    const queued = queuedBytes(socket);
    const { unread } = calls;
    if (unread === null) {
      calls.unread = { sinceMs: nowMs, bytes: 0, given, queued };
      return false;
    }
    unread.bytes += given > unread.given ? given - unread.given : Math.max(0, unread.queued - queued);
    unread.given = given;
    unread.queued = queued;
    const { readerGraceMs, readerBytesPerS } = this.#limits;
    return nowMs - unread.sinceMs > readerGraceMs + (unread.bytes / readerBytesPerS) * 1000;
  }

  /** Node's own clock for this (`server.timeout`) is a timer and its numbers for each connection, those that became sockets among them. */
  #isSilent(socket: Socket, calls: Calls, nowMs: number): boolean {
    const { response, moved } = calls;
    if (response === null) return false;
    if (response.writableFinished || response.destroyed) {
      calls.response = null;
      return false;
    }
    const bytes = socket.bytesRead + socket.bytesWritten - queuedBytes(socket);
    if (bytes !== moved.bytes) {
      moved.sinceMs = nowMs;
      moved.bytes = bytes;
    }
    return nowMs - moved.sinceMs > this.#limits.silentMs;
  }

  #forget(socket: Socket): void {
    const source = this.#all.get(socket)?.source;
    if (!this.#all.delete(socket) || source === undefined || source === null) return;
    source.open -= 1;
    if (source.open === 0) this.#sources.delete(source.key);
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}

/**
 * What the kernel has not taken yet of the piece that is being written: Node counts a piece as unsent until all of it has gone, and one may be
 * megabytes. Where a Node should not tell, only whole pieces count.
 */
function queuedBytes(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const queued: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'writeQueueSize') : 0;
  return typeof queued === 'number' ? queued : 0;
}

/** Descriptors that this process keeps for databases, files and itself. */
const reservedFiles = 500;

/** How many files this process may open, where the system says so. Node takes what it may at its start. */
export function connectionsThatFit(wanted: number, limitsFile = '/proc/self/limits'): number {
  if (!existsSync(limitsFile)) return wanted;
  const [, files] = /^Max open files +(\d+)/m.exec(readFileSync(limitsFile, 'utf8')) ?? [];
  return files === undefined ? wanted : Math.min(wanted, Math.max(50, Number(files) - reservedFiles));
}
