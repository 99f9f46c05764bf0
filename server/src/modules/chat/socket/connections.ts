import type { Connection } from './connection.ts';

/** The sockets that are open on this node, by account. */
export class Connections {
  readonly #all = new Set<Connection>();
  readonly #byAccount = new Map<string, Set<Connection>>();

  get size(): number {
    return this.#all.size;
  }

  get accountIds(): string[] {
    return [...this.#byAccount.keys()];
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#all.values();
  }

  ofAccount(accountId: string): ReadonlySet<Connection> {
    return this.#byAccount.get(accountId) ?? none;
  }

  add(connection: Connection): void {
    const { accountId } = connection;
    this.#all.add(connection);
    const own = this.#byAccount.get(accountId) ?? new Set();
    this.#byAccount.set(accountId, own.add(connection));
  }

  remove(connection: Connection): void {
    const { accountId } = connection;
    this.#all.delete(connection);
    const own = this.#byAccount.get(accountId);
    own?.delete(connection);
    if (own?.size === 0) this.#byAccount.delete(accountId);
  }
}

const none: ReadonlySet<Connection> = new Set();
