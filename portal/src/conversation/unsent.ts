import type { Chat, OutboxEntry } from '@openward/client';
import type { Attachment, Message } from '@openward/contracts';
import { dropFailed, failedIn, keepFailed } from './failed.ts';
import type { Outgoing } from './timeline-state.ts';

/** What the session's end left unsent is stored, and goes out with the next. */
export const notRefused: ReadonlySet<string> = new Set(['closed', 'session-ended', 'unauthenticated']);

/** One's own messages that are not in the room yet: those of the outbox, by whichever tab, and those that were refused. */
export class Unsent {
  readonly #chat: Chat;
  readonly #roomId: string;
  readonly #ownId: string;
  #items: readonly Outgoing[];
  /** What has arrived is not shown as unsent again, whatever another tab makes of it. */
  readonly #arrived = new Set<string>();

  constructor(chat: Chat, roomId: string, ownId: string) {
    this.#chat = chat;
    this.#roomId = roomId;
    this.#ownId = ownId;
    this.#items = failedIn(ownId, roomId);
  }

  get items(): readonly Outgoing[] {
    return this.#items;
  }

  add(entry: OutboxEntry, files: readonly Attachment[]): readonly Outgoing[] {
    this.#items = [...this.#items, outgoing(entry, files)];
    return this.#items;
  }

  /** As the outbox has it by now, with what was refused while nobody looked, without what has arrived in the room. */
  merge(arrived: readonly Message[] = []): readonly Outgoing[] {
    const isHere = ({ entry }: Outgoing) =>
      arrived.some(({ clientId, senderId }) => clientId === entry.clientId && senderId === this.#ownId);
    const known = new Set(this.#items.map(({ entry }) => entry.clientId));
    const added = this.#chat.pending.filter(({ roomId, clientId }) => roomId === this.#roomId && !known.has(clientId));
    const kept = new Set(this.#chat.pending.map(({ clientId }) => clientId));
    const failed = failedIn(this.#ownId, this.#roomId).filter(({ entry }) => !known.has(entry.clientId));
    const all = [...failed, ...this.#items, ...added.map((entry) => outgoing(entry, []))].map((item) =>
      item.isKept || !kept.has(item.entry.clientId) ? item : { ...item, isKept: true },
    );
    for (const item of all) if (isHere(item)) this.#arrived.add(item.entry.clientId);
    this.#items = all.filter(({ entry }) => !this.#arrived.has(entry.clientId));
    return this.#items;
  }

  fail(entry: OutboxEntry, code: string): readonly Outgoing[] {
    const { clientId } = entry;
    if (notRefused.has(code) || this.#arrived.has(clientId)) return this.#items;
    const known = this.#items.find((item) => item.entry.clientId === clientId);
    const failed = { ...(known ?? outgoing(entry, [])), failure: code };
    this.#items =
      known === undefined ? [...this.#items, failed] : this.#items.map((item) => (item === known ? failed : item));
    keepFailed(this.#ownId, failed);
    return this.#items;
  }

  discard(clientId: string): readonly Outgoing[] {
    this.#items = this.#items.filter(({ entry }) => entry.clientId !== clientId);
    dropFailed(this.#ownId, { roomId: this.#roomId, clientId });
    return this.#items;
  }
}

export function outgoing(entry: OutboxEntry, files: readonly Attachment[]): Outgoing {
  return { entry, files, writtenAt: new Date().toISOString(), isKept: false, failure: null };
}
