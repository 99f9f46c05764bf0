import { OpenwardError } from '../error.ts';

export type OutboxEntry = {
  readonly clientId: string;
  readonly roomId: string;
  /** May be empty where there are attachments. */
  readonly text: string;
  readonly replyToSeq?: number;
  readonly attachmentIds?: readonly string[];
};

/**
 * Keeps unacknowledged messages beyond the life of the page or process. A message is sent only once `put` is done. What
 * `load` brings is sent again with its own clientId, which never makes a second message.
 */
export type OutboxStorage = {
  load(): Promise<readonly OutboxEntry[]>;
  put(entry: OutboxEntry): Promise<void>;
  delete(clientId: string): Promise<void>;
};

/** What the server says of a message once it is committed. `duplicate`: it already had it. */
export type Ack = {
  readonly clientId: string;
  readonly roomId: string;
  readonly seq: number;
  readonly id: string;
  readonly sentAt: string;
  readonly duplicate: boolean;
};

type Pending = {
  readonly entry: OutboxEntry;
  readonly acked: PromiseWithResolvers<Ack>;
  /** Epoch milliseconds; null while it is not on its way. */
  sentAt: number | null;
};

/** How many messages may be on their way at once, each to a room of its own: few enough not to flood. */
const maxInFlight = 16;

/** The messages that are not acknowledged yet, in the order in which they were written. */
export class Outbox {
  readonly #pending = new Map<string, Pending>();
  readonly #storage: OutboxStorage | undefined;
  readonly #onChange: () => void;
  #stored: Promise<unknown> = Promise.resolve();
  /** Done with, while the storage may still say otherwise. */
  readonly #done = new Set<string>();
  /** Why nobody sends any more. */
  #closed: OpenwardError | null = null;

  /** @param onChange called when there is something new to send. */
  constructor(storage: OutboxStorage | undefined, onChange: () => void) {
    this.#storage = storage;
    this.#onChange = onChange;
  }

  get entries(): OutboxEntry[] {
    return [...this.#pending.values()].map(({ entry }) => entry);
  }

  /** Brings in what an earlier run left, or another tab; what is added meanwhile comes after it. */
  load(): void {
    const storage = this.#storage;
    if (storage === undefined) return;
    const loaded = this.#stored
      .then(() => storage.load())
      .then((entries) => {
        if (this.#closed !== null) return;
        const unknown = entries.filter(({ clientId }) => !this.#pending.has(clientId) && !this.#done.has(clientId));
        // Nobody waits for these promises: the run that did is gone.
        for (const entry of unknown) this.#insert(entry).acked.promise.catch(() => undefined);
        if (unknown.length > 0) this.#onChange();
      });
    this.#stored = loaded.catch(() => undefined);
  }

  /** @returns the ack, however many connections it takes. @throws OpenwardError when the server refuses for good. */
  add(entry: OutboxEntry): Promise<Ack> {
    const twin = this.#pending.get(entry.clientId);
    if (twin !== undefined) {
      if (isSame(twin.entry, entry)) return twin.acked.promise;
      return Promise.reject(new OpenwardError({ code: 'client-id-reused', where: 'send' }));
    }
    const storage = this.#storage;
    if (storage === undefined) {
      const { acked } = this.#insert(entry);
      this.#onChange();
      return acked.promise;
    }
    const stored = this.#stored.then(() => storage.put(entry));
    this.#stored = stored.catch(() => undefined);
    return stored.then(() => {
      if (this.#closed !== null) throw this.#closed;
      const { acked } = this.#insert(entry);
      this.#onChange();
      return acked.promise;
    });
  }

  /**
   * What to send now: the oldest of each room. It counts as on its way from here on. What was written after it waits until it is done with,
   * as the server may refuse it for the moment and take the next.
   */
  takeDue(): OutboxEntry[] {
    const due: OutboxEntry[] = [];
    const rooms = new Set<string>();
    for (const pending of this.#pending.values()) {
      if (rooms.size === maxInFlight) break;
      if (rooms.has(pending.entry.roomId)) continue;
      rooms.add(pending.entry.roomId);
      if (pending.sentAt !== null) continue;
      pending.sentAt = Date.now();
      due.push(pending.entry);
    }
    return due;
  }

  isSendingTo(roomId: string): boolean {
    return [...this.#pending.values()].some(({ entry, sentAt }) => sentAt !== null && entry.roomId === roomId);
  }

  has(clientId: string): boolean {
    return this.#pending.has(clientId);
  }

  /** @returns what was acknowledged, null when it is not known (any more). */
  acknowledge(ack: Ack): OutboxEntry | null {
    const pending = this.#remove(ack.clientId);
    pending?.acked.resolve(ack);
    return pending?.entry ?? null;
  }

  /** The server will never take it. @returns what was refused. */
  refuse(clientId: string, error: OpenwardError): OutboxEntry | null {
    const pending = this.#remove(clientId);
    pending?.acked.reject(error);
    return pending?.entry ?? null;
  }

  /** To be sent again, in its old place: one message, or all that have been on their way for longer than `olderThanMs`. */
  putBack(which: { clientId: string } | { olderThanMs: number }): void {
    for (const pending of this.#pending.values()) {
      if (pending.sentAt === null) continue;
      const isMeant =
        'clientId' in which
          ? pending.entry.clientId === which.clientId
          : Date.now() - pending.sentAt >= which.olderThanMs;
      if (isMeant) pending.sentAt = null;
    }
  }

  /** Nobody will send any more. What is stored stays stored, for the next run. */
  close(error: OpenwardError): void {
    this.#closed = error;
    for (const { acked } of this.#pending.values()) acked.reject(error);
    this.#pending.clear();
  }

  #insert(entry: OutboxEntry): Pending {
    const pending: Pending = { entry, acked: Promise.withResolvers<Ack>(), sentAt: null };
    this.#pending.set(entry.clientId, pending);
    return pending;
  }

  #remove(clientId: string): Pending | undefined {
    const pending = this.#pending.get(clientId);
    if (pending === undefined) return undefined;
    this.#pending.delete(clientId);
    // Should this fail, the next run sends it once more and the server knows it by its clientId.
    if (this.#storage !== undefined) {
      this.#done.add(clientId);
      void this.#storage
        .delete(clientId)
        .catch(() => undefined)
        .then(() => this.#stored)
        .then(() => this.#done.delete(clientId));
    }
    return pending;
  }
}

/** Whether both are one message that is sent again: all that the sender chose is equal, the order of the files too. */
function isSame(one: OutboxEntry, other: OutboxEntry): boolean {
  return contentOf(one) === contentOf(other);
}

function contentOf({ roomId, text, replyToSeq, attachmentIds = [] }: OutboxEntry): string {
  return JSON.stringify([roomId, text, replyToSeq, attachmentIds]);
}
