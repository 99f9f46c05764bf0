import { type Chat, OpenwardError, type OutboxEntry } from '@openward/client';
import type { Attachment, Message, Room } from '@openward/contracts';
import { api } from '#app/api.ts';
import { inRoom } from './in-room.ts';
import { loadFirst } from './load-first.ts';
import { ReadMark } from './read-mark.ts';
import { show } from './refused.ts';
import {
  type Draft,
  isAtHead,
  lastSeqOf,
  mostPages,
  nothing,
  type Outgoing,
  pageSize,
  slack,
  type TimelineState,
  windowMax,
  withChanged,
  withNewer,
  withOlder,
} from './timeline-state.ts';
import { Told } from './told.ts';
import { Unsent } from './unsent.ts';

/** Messages are there anew, and nothing of them failed. */
const loaded = { status: 'ready', olderError: null } as const;

/** A room as it is looked at: a window of its messages that moves, what is on its way, and how far it was read. */
export class Timeline {
  readonly roomId: string;
  readonly ownId: string;
  readonly #chat: Chat;
  readonly #listeners = new Set<() => void>();
  readonly #arrivals = new Set<(message: Message) => void>();
  readonly #unsent: Unsent;
  #state: TimelineState = nothing;
  readonly #read: ReadMark;
  readonly #told = new Told();
  #changeSeq = 0;
  #places = 0;
  #isLoading = false;
  /** The newest message is in sight: then the window moves with it. */
  isFollowing = true;

  constructor(chat: Chat, room: Room, ownId: string) {
    this.#chat = chat;
    this.roomId = room.id;
    this.ownId = ownId;
    this.#read = new ReadMark(chat, room);
    this.#unsent = new Unsent(chat, room.id, ownId);
    this.#state = { ...nothing, outgoing: this.#unsent.items, headSeq: room.lastSeq };
  }

  readonly getState = (): TimelineState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Somebody else has just written something. */
  onArrival(listener: (message: Message) => void): () => void {
    this.#arrivals.add(listener);
    return () => this.#arrivals.delete(listener);
  }

  /** Begins to listen. @returns what ends it. */
  start(unread: number): () => void {
    const offs = inRoom(this.#chat, this.roomId, {
      message: (message) => this.#take(message),
      edited: ({ seq, text, editedAt, changeSeq }) => this.#change(seq, changeSeq, { text, editedAt }),
      retracted: ({ seq, changeSeq }) =>
        this.#change(seq, changeSeq, { text: null, attachments: [], retractedAt: new Date().toISOString() }),
      reset: () => void this.open(0),
      refused: ({ entry, error }) => this.#fail(entry, error.code),
      pending: () => this.#set({ outgoing: this.#unsent.merge(this.#state.messages) }),
      ready: ({ headSeq, changeSeq = 0 }) => void this.#catchUp(headSeq, changeSeq),
    });
    const hide = show(this.roomId);
    void this.open(unread);
    return () => {
      offs();
      hide();
    };
  }

  async open(unread: number): Promise<void> {
    const { roomId, ownId } = this;
    try {
      const { changeSeq, ...page } = await loadFirst({ roomId, ownId, readSeq: this.#read.seq, unread });
      this.#changeSeq = changeSeq;
      const messages = this.#told.applyTo({ items: page.messages, changeSeq });
      this.#set({ ...loaded, error: null, ...page, messages, ...this.#look(page.newFrom ?? 'end') });
      await this.#catchUp(this.#chat.cursor(roomId) ?? 0, changeSeq);
    } catch (error) {
      if (this.#state.status !== 'ready') this.#set({ status: 'failed', error });
    }
  }

  async loadOlder(): Promise<void> {
    const first = this.#state.messages[0]?.seq ?? 0;
    if (first <= 1 || this.#state.olderError !== null) return;
    const load = async () => {
      const { items } = await this.#page({ before: first });
      if (this.#state.messages[0]?.seq !== first) return;
      this.#set({ messages: withOlder(this.#state.messages, items.toReversed()) });
    };
    await this.#once(load, (olderError) => this.#set({ olderError }));
  }

  async retryOlder(): Promise<void> {
    this.#set({ olderError: null });
    await this.loadOlder();
  }

  async loadNewer(): Promise<void> {
    if (isAtHead(this.#state)) return;
    const last = this.#state.messages.at(-1)?.seq ?? 0;
    await this.#once(async () => {
      const { items, headSeq } = await this.#page({ after: last });
      if ((this.#state.messages.at(-1)?.seq ?? 0) !== last) return;
      this.#set({
        messages: withNewer(this.#state.messages, items),
        headSeq: Math.max(headSeq, this.#state.headSeq),
      });
    });
  }

  /** Brings a message into sight, wherever it is. @throws OpenwardError */
  async goTo(seq: number): Promise<void> {
    const { messages } = this.#state;
    const isHere = seq >= (messages[0]?.seq ?? Number.POSITIVE_INFINITY) && seq <= (messages.at(-1)?.seq ?? 0);
    if (!isHere) {
      const after = Math.max(0, seq - pageSize / 2);
      const page = await this.#page({ after });
      this.#replace(page.items, page.headSeq, this.#look(seq, true));
    } else this.#set(this.#look(seq, true));
  }

  /** Brings the first message since a moment into sight. @returns false when there is none. @throws OpenwardError */
  async goToTime(since: string): Promise<boolean> {
    const page = await this.#page({ since });
    const [first] = page.items;
    if (first === undefined) return false;
    this.#replace(page.items, page.headSeq, this.#look(first.seq, true));
    return true;
  }

  /** @throws OpenwardError */
  async goToEnd(): Promise<void> {
    // Once more for what came while a page was on its way: not even one's own message may be left out.
    for (let pages = 0; pages < mostPages && !isAtHead(this.#state); pages += 1) {
      const page = await this.#page({});
      this.#replace(page.items.toReversed(), page.headSeq, this.#look('end'));
    }
    this.#set(this.#look('end'));
  }

  send({ text, replyToSeq, files }: Draft): void {
    const attachmentIds = files.map(({ id }) => id);
    const entry: OutboxEntry = {
      clientId: crypto.randomUUID(),
      roomId: this.roomId,
      text,
      ...(replyToSeq === undefined ? {} : { replyToSeq }),
      ...(attachmentIds.length === 0 ? {} : { attachmentIds }),
    };
    this.#send(entry, files);
  }

  /** Once more. What the server knew under this id with another text goes under a new one. */
  tryAgain({ entry, files, failure }: Outgoing): void {
    this.discard(entry.clientId);
    this.#send(failure === 'client-id-reused' ? { ...entry, clientId: crypto.randomUUID() } : entry, files);
  }

  discard(clientId: string): void {
    this.#set({ outgoing: this.#unsent.discard(clientId) });
  }

  /** An edit or retraction that the server has confirmed: shown at once, whenever the chat tells of it. */
  changed(message: Pick<Message, 'seq'> & Partial<Message>): void {
    this.#set({ messages: withChanged(this.#state.messages, message.seq, (known) => ({ ...known, ...message })) });
  }

  /** This message was in sight, of somebody who is looking. */
  seen(seq: number): void {
    this.#read.reach(seq);
  }

  #send(entry: OutboxEntry, files: readonly Attachment[]): void {
    const { roomId, text, ...options } = entry;
    this.#set({ outgoing: this.#unsent.add(entry, files), newFrom: null });
    this.isFollowing = true;
    this.#chat
      .send(roomId, text, options)
      .catch((error: unknown) => this.#fail(entry, error instanceof OpenwardError ? error.code : 'unknown'));
    // Without a network it is shown below what is there, until what is between can be had.
    void this.goToEnd().catch(() => this.#set(this.#look('end')));
  }

  #take(message: Message): void {
    const { messages, headSeq, status } = this.#state;
    const isNext = message.seq === (messages.at(-1)?.seq ?? 0) + 1 && isAtHead(this.#state);
    const isBehind = !isNext && message.seq > lastSeqOf(this.#state) && this.#state.isAtEnd;
    const isWanted = this.isFollowing || messages.length < windowMax + slack;
    const all = status === 'ready' && isNext && isWanted ? [...messages, message] : messages;
    this.#set({
      headSeq: Math.max(headSeq, message.seq),
      messages: this.isFollowing && all.length > windowMax ? all.slice(-windowMax + pageSize) : all,
      newFrom: this.#newFrom(message),
    });
    if (message.senderId !== this.ownId) for (const listener of this.#arrivals) listener(message);
    if (status === 'ready' && isBehind) void this.loadNewer();
  }

  /** Where the line is now: above the first that came while nobody was looking. */
  #newFrom({ senderId, seq }: Message): number | null {
    const { newFrom } = this.#state;
    const isLooking = this.isFollowing && document.visibilityState === 'visible';
    const isOld = newFrom === null || newFrom <= this.#read.seq;
    return senderId !== this.ownId && !isLooking && isOld ? seq : newFrom;
  }

  /** The server's word on how far the room is: what was missed while one was not connected is fetched. */
  async #catchUp(headSeq: number, changeSeq: number): Promise<void> {
    if (this.#state.status === 'failed') return this.open(0);
    if (this.#state.status !== 'ready') return;
    if (this.#state.olderError !== null) this.#set({ olderError: null });
    if (headSeq > this.#state.headSeq) this.#set({ headSeq });
    if (this.#state.isAtEnd && this.isFollowing) await this.loadNewer();
    if (changeSeq > this.#changeSeq) await this.#readChanges();
  }

  async #readChanges(): Promise<void> {
    const { items } = await api.listChanges({ id: this.roomId, after: this.#changeSeq, limit: 100 });
    for (const { changeSeq, message } of items) {
      this.#changeSeq = Math.max(this.#changeSeq, changeSeq);
      this.changed(message);
    }
  }

  #change(seq: number, changeSeq: number | undefined, change: Partial<Message>): void {
    this.#changeSeq = Math.max(this.#changeSeq, changeSeq ?? 0);
    if (changeSeq !== undefined) this.#told.note(seq, changeSeq, change);
    this.changed({ seq, ...change });
  }

  #fail(entry: OutboxEntry, code: string): void {
    this.#set({ outgoing: this.#unsent.fail(entry, code) });
  }

  /** @throws OpenwardError */
  async #page(which: { before?: number; after?: number; since?: string }) {
    const page = await api.listMessages({ id: this.roomId, limit: pageSize, ...which });
    return { items: this.#told.applyTo(page), headSeq: page.headSeq };
  }

  #replace(messages: readonly Message[], headSeq: number, look: Partial<TimelineState>): void {
    this.#set({ ...loaded, messages, headSeq: Math.max(headSeq, this.#state.headSeq), ...look });
  }

  #look(seq: number | 'end', flash = false): Pick<TimelineState, 'place' | 'isAtEnd'> {
    this.#places += 1;
    this.isFollowing = seq === 'end';
    return { place: { seq, flash, at: this.#places }, isAtEnd: this.isFollowing };
  }

  /** One page at a time: the next is asked for when there is reason to again. */
  async #once(load: () => Promise<void>, onError: (error: OpenwardError) => void = () => undefined): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      await load();
    } catch (error) {
      if (!(error instanceof OpenwardError)) throw error;
      onError(error);
    } finally {
      this.#isLoading = false;
    }
  }

  /**
   * One's own messages leave the unsent for the page, never for nothing. And whoever is at the end stays there while the page that is
   * missing is on its way.
   */
  #set(change: Partial<TimelineState>): void {
    const next = { ...this.#state, ...change };
    const outgoing = change.messages === undefined ? next.outgoing : this.#unsent.merge(next.messages);
    const isAtEnd = isAtHead(next) || (next.isAtEnd && this.isFollowing);
    this.#state = { ...next, outgoing, isAtEnd };
    for (const listener of this.#listeners) listener();
  }
}
