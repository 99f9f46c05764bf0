import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpLimits } from '#server/limits.ts';
import { addressKey } from '../limits/address-key.ts';

/** Why a connection is not taken, or not kept. */
export type Refused = 'address' | 'crowded' | 'total';
export type Cut = 'slow-request' | 'slow-body' | 'slow-reader' | 'pipelining' | 'deaf';

type Pace = { sinceMs: number; bytes: number };

class Connection {
  readonly key: string | null;
  /** Whose body is on its way. */
  request: IncomingMessage | null = null;
  body: Pace = { sinceMs: 0, bytes: 0 };
  /** Since when something has waited to be read by the other side, how much of it has gone, and what was there at the last look. */
  unread: (Pace & { given: number; queued: number }) | null = null;
  /** Calls that wait behind another of this connection. */
  waiting = 0;
  calls = 0;
  refusals = 0;
  refusedIn = -1;

  constructor(key: string | null) {
    this.key = key;
  }
}

/**
 * Every connection of a node: how many there are and from where, and whether those at the other end ask and listen at a pace
 * that anybody has. Looked at by the clock: a connection costs nothing between two looks.
 */
export class Connections {
  readonly #limits: HttpLimits;
  readonly #trusts: (address: string) => boolean;
  readonly #all = new Map<Socket, Connection>();
  readonly #byAddress = new Map<string, number>();
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
    const key = this.#trusts(remoteAddress) ? null : addressKey(remoteAddress);
    if (key !== null) {
      const count = this.#byAddress.get(key) ?? 0;
      if (count >= connectionsPerAddress) return 'address';
      if (count >= connectionsPerAddressWhenCrowded && this.#all.size >= maxConnections * 0.75) return 'crowded';
      this.#byAddress.set(key, count + 1);
    }
    this.#all.set(socket, new Connection(key));
    socket.once('close', this.#onClose);
    return null;
  }

  /** A request has begun. @returns why its connection is to be cut, or null. */
  begin(request: IncomingMessage, response: ServerResponse): Cut | null {
    const connection = this.#all.get(request.socket);
    if (connection === undefined) return null;
    connection.calls += 1;
    // Node's own bound only says so, and keeps the connection.
    if (connection.calls >= this.#limits.requestsPerConnection) response.shouldKeepAlive = false;
    // Only what stands behind another call of its connection has no socket yet.
    if (response.socket === null) {
      connection.waiting += 1;
      if (connection.waiting > this.#limits.maxPipelined) return 'pipelining';
      response.once('close', () => {
        connection.waiting -= 1;
      });
    }
    if (hasBody(request)) {
      connection.request = request;
      connection.body = { sinceMs: performance.now(), bytes: request.socket.bytesRead };
    }
    return null;
  }

  /** A call was sent away, in this window. Proxies do not choose how often they are asked. */
  refused(socket: Socket, window: number): Cut | null {
    const connection = this.#all.get(socket);
    if (connection === undefined || connection.key === null) return null;
    if (connection.refusedIn !== window) connection.refusals = 0;
    connection.refusedIn = window;
    connection.refusals += 1;
    return connection.refusals > this.#limits.maxRefusals ? 'deaf' : null;
  }

  /** Those who ask or listen too slowly. */
  *slow(nowMs: number): Generator<readonly [Socket, Cut]> {
    for (const [socket, connection] of this.#all) {
      if (this.#asksTooSlowly(socket, connection, nowMs)) yield [socket, 'slow-body'];
      else if (this.#listensTooSlowly(socket, connection, nowMs)) yield [socket, 'slow-reader'];
    }
  }

  #asksTooSlowly(socket: Socket, connection: Connection, nowMs: number): boolean {
    const { request, body } = connection;
    if (request === null) return false;
    if (request.complete || request.destroyed) {
      connection.request = null;
      return false;
    }
    // More has come than was taken: it is this side that is slow.
    if (request.readableLength >= request.readableHighWaterMark) body.sinceMs = nowMs;
    const { bodyGraceMs, bodyBytesPerS } = this.#limits;
    return nowMs - body.sinceMs > bodyGraceMs + ((socket.bytesRead - body.bytes) / bodyBytesPerS) * 1000;
  }

  #listensTooSlowly(socket: Socket, connection: Connection, nowMs: number): boolean {
    if (socket.writableLength === 0) {
      connection.unread = null;
      return false;
    }
    const given = socket.bytesWritten - socket.writableLength;
    const queued = queuedBytes(socket);
    const { unread } = connection;
    if (unread === null) {
      connection.unread = { sinceMs: nowMs, bytes: 0, given, queued };
      return false;
    }
    unread.bytes += given > unread.given ? given - unread.given : Math.max(0, unread.queued - queued);
    unread.given = given;
    unread.queued = queued;
    const { readerGraceMs, readerBytesPerS } = this.#limits;
    return nowMs - unread.sinceMs > readerGraceMs + (unread.bytes / readerBytesPerS) * 1000;
  }

  #forget(socket: Socket): void {
    const connection = this.#all.get(socket);
    if (connection === undefined) return;
    this.#all.delete(socket);
    const { key } = connection;
    if (key === null) return;
    const left = (this.#byAddress.get(key) ?? 1) - 1;
    if (left === 0) this.#byAddress.delete(key);
    else this.#byAddress.set(key, left);
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
