import { FrameGate } from '#platform/socket/frame-gate.ts';
import type { SocketLimits } from '#server/limits.ts';
import type { Connection } from './connection.ts';

/** The sockets that are open on this node, by account. */
export class Connections {
  /** Most accounts have one socket, which is here itself, and none has many. */
  readonly #byAccount = new Map<string, Connection | readonly Connection[]>();
  #size = 0;
  readonly #doctorIds = new Set<string>();
  /** Of the accounts with several sockets: one has a gate of its own anyway. */
  readonly #gates = new Map<string, FrameGate>();
  readonly #limits: SocketLimits;

  constructor(limits: SocketLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  get accountIds(): string[] {
    return [...this.#byAccount.keys()];
  }

  get doctorIds(): string[] {
    return [...this.#doctorIds];
  }

  *[Symbol.iterator](): Generator<Connection> {
    for (const own of this.#byAccount.values()) {
      if (isOne(own)) yield own;
      else yield* own;
    }
  }

  ofAccount(accountId: string): readonly Connection[] {
    const own = this.#byAccount.get(accountId) ?? none;
    return isOne(own) ? [own] : own;
  }

  /** What the frames of an account's sockets pass together; null where one socket is all it has. */
  gateOf(accountId: string): FrameGate | null {
    return this.#gates.get(accountId) ?? null;
  }

  add(connection: Connection): void {
    const { accountId } = connection;
    this.#size += 1;
    if (connection.isDoctor) this.#doctorIds.add(accountId);
    // Not spread: an array that grows one by one has room for sixteen more.
    const own = this.ofAccount(accountId).concat(connection);
    this.#keep(accountId, own);
    if (own.length < 2 || this.#gates.has(accountId)) return;
    const { accountFramesPerSecond, accountFrameBurst, floodCloseMs } = this.#limits;
    const limits = { framesPerSecond: accountFramesPerSecond, frameBurst: accountFrameBurst, floodCloseMs };
    this.#gates.set(accountId, new FrameGate(limits, performance.now()));
  }

  remove(connection: Connection): void {
    const { accountId } = connection;
    const known = this.ofAccount(accountId);
    const left = known.filter((other) => other !== connection);
    this.#size -= known.length - left.length;
    if (left.length > 0) this.#keep(accountId, left);
    else {
      this.#byAccount.delete(accountId);
      this.#doctorIds.delete(accountId);
      this.#gates.delete(accountId);
    }
  }

  #keep(accountId: string, own: readonly Connection[]): void {
    const [first, ...others] = own;
    if (first !== undefined) this.#byAccount.set(accountId, others.length === 0 ? first : own);
  }
}

function isOne(own: Connection | readonly Connection[]): own is Connection {
  return !Array.isArray(own);
}

const none: readonly Connection[] = [];
