import type { Chat, OutboxEntry } from '@openward/client';
import type { Attachment, Message } from '@openward/contracts';
import { keep, readKept } from './kept.ts';
import type { Draft, Outgoing } from './timeline-state.ts';

/** What the session's end left unsent is stored, and goes out with the next. */
const notRefused: ReadonlySet<string> = new Set(['closed', 'session-ended', 'unauthenticated']);

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
    this.#items = readKept<Outgoing[]>(ownId, this.#name) ?? [];
  }

  get items(): readonly Outgoing[] {
    return this.#items;
  }

  get #name(): string {
    return `failed.${this.#roomId}`;
  }

  add({ text, replyToSeq, files }: Draft, clientId: string): OutboxEntry {
    const attachmentIds = files.map(({ id }) => id);
    const entry: OutboxEntry = {
      clientId,
      roomId: this.#roomId,
      text,
      ...(replyToSeq === undefined ? {} : { replyToSeq }),
      ...(attachmentIds.length === 0 ? {} : { attachmentIds }),
    };
    this.#items = [...this.#items, outgoing(entry, files)];
    return entry;
  }

  /** As the outbox has it by now, without what has arrived in the room. */
  merge(arrived: readonly Message[] = []): readonly Outgoing[] {
    const isHere = ({ entry }: Outgoing) =>
      arrived.some(({ clientId, senderId }) => clientId === entry.clientId && senderId === this.#ownId);
    const known = new Set(this.#items.map(({ entry }) => entry.clientId));
    const added = this.#chat.pending.filter(({ roomId, clientId }) => roomId === this.#roomId && !known.has(clientId));
    const kept = new Set(this.#chat.pending.map(({ clientId }) => clientId));
    const all = [...this.#items, ...added.map((entry) => outgoing(entry, []))].map((item) =>
      item.isKept || !kept.has(item.entry.clientId) ? item : { ...item, isKept: true },
    );
    for (const item of all) if (isHere(item)) this.#arrived.add(item.entry.clientId);
    this.#items = all.filter(({ entry }) => !this.#arrived.has(entry.clientId));
    return this.#items;
  }

  fail(clientId: string, code: string): readonly Outgoing[] {
    if (notRefused.has(code)) return this.#items;
    return this.#change(
      this.#items.map((item) => (item.entry.clientId === clientId ? { ...item, failure: code } : item)),
    );
  }

  discard(clientId: string): readonly Outgoing[] {
    return this.#change(this.#items.filter(({ entry }) => entry.clientId !== clientId));
  }

  #change(items: readonly Outgoing[]): readonly Outgoing[] {
    this.#items = items;
    const failed = items.filter(({ failure }) => failure !== null);
    keep(this.#ownId, this.#name, failed);
    return items;
  }
}

function outgoing(entry: OutboxEntry, files: readonly Attachment[]): Outgoing {
  return { entry, files, writtenAt: new Date().toISOString(), isKept: false, failure: null };
}
