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
  /** Whose session may be over, with the number of the doubt. */
  readonly #doubted = new Map<Connection, number>();
  #doubts = 0;
  #allDoubted = false;
  readonly #limits: SocketLimits;
  readonly #look: (doubted: readonly Connection[]) => void;

  /** @param look finds out which of the sessions that are doubted are over. */
  constructor(limits: SocketLimits, look: (doubted: readonly Connection[]) => void) {
    this.#limits = limits;
    this.#look = look;
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

  /** Sessions of these accounts may have ended: no message goes to any of their sockets until it is known which those are. */
  doubt(accountIds: Iterable<string>): void {
    const doubted = Array.from(accountIds, (accountId) => this.ofAccount(accountId)).flat();
    this.#doubts += 1;
    for (const connection of doubted) this.#doubted.set(connection, this.#doubts);
    this.#look(doubted);
  }

  doubtOf(connection: Connection): number | undefined {
    return this.#doubted.get(connection);
  }

  isDoubted(connection: Connection): boolean {
    return this.#allDoubted || (this.#doubted.size > 0 && this.#doubted.has(connection));
  }

  /** Whether it cannot be known whose sessions go on. */
  get allDoubted(): boolean {
    return this.#allDoubted;
  }

  doubtAll(): void {
    this.#allDoubted = true;
  }

  /** It is known of all again: what waited goes out, but to those of whom more has been heard meanwhile. */
  trustAll(): void {
    if (!this.#allDoubted) return;
    this.#allDoubted = false;
    for (const connection of this) connection.rooms.pump();
  }

  /** Its session was looked at after this doubt, and lives: what waited goes out. */
  trust(connection: Connection, doubt: number | undefined): void {
    if (doubt === undefined || doubt !== this.#doubted.get(connection)) return;
    this.#doubted.delete(connection);
    connection.rooms.pump();
  }

  remove(connection: Connection): void {
    const { accountId } = connection;
    this.#doubted.delete(connection);
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
