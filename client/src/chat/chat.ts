import type { FrameErrorCode, Message, ServerFrame } from '@openward/contracts';
import { OpenwardError } from '../error.ts';
import { Changes } from './changes.ts';
import { Deliveries } from './deliveries.ts';
import { type SendDraft, toEntry, toMessage } from './draft.ts';
import { Emitter } from './emitter.ts';
import type { ChatEvents, FrameOf } from './events.ts';
import { type ChatHost, type ChatState, Link } from './link.ts';
import { type Ack, Outbox, type OutboxEntry, type OutboxStorage } from './outbox.ts';
import { Pump } from './pump.ts';
import { Reads } from './reads.ts';
import { Typists } from './typists.ts';

export type ChatOptions = {
  /**
   * The last seq that you have of each room. Of the other rooms comes what is new; their history is `listMessages`' to
   * fetch. Rooms that one joins later come from their first message.
   */
  readonly cursors?: Readonly<Record<string, number>> | undefined;
  /** The last `changeSeq` that you have of each room (`listMessages` tells it): what was edited or retracted since is told. */
  readonly changes?: Readonly<Record<string, number>> | undefined;
  /** Keeps unacknowledged messages beyond this object's life. Default: they are kept in memory. */
  readonly storage?: OutboxStorage | undefined;
};

const typingEveryMs = 2000;
const ackTimeoutMs = 10_000;
const pauseMs = 1000;

/** Refused for now: the same message may go through later. */
const passing: ReadonlySet<FrameErrorCode> = new Set(['rate-limited', 'unavailable']);

/** The chat of one session: stays connected by itself, sends until acknowledged, delivers each message once and in order. */
export class Chat extends Emitter<ChatEvents> {
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #pump: Pump;
  readonly #deliveries: Deliveries;
  readonly #changes: Changes;
  readonly #reads = new Reads();
  readonly #typedAt = new Map<string, number>();
  readonly #typists = new Typists((typist) => this.emit('typingEnded', typist));
  #state: ChatState = { state: 'connecting' };
  #accountId: string | null = null;

  constructor(host: ChatHost, { cursors = {}, changes = {}, storage }: ChatOptions = {}) {
    super();
    this.#changes = new Changes(changes, host.listChanges, (message, changeSeq) =>
      this.#tellChange(message, changeSeq),
    );
    this.#deliveries = new Deliveries(cursors, {
      onMessage: (message) => this.#deliver(message),
      onResume: (frame) => this.#link.send(frame),
      isSendingTo: (roomId) => this.#outbox.isSendingTo(roomId),
    });
    this.#outbox = new Outbox(storage, () => {
      this.emit('pending', this.pending);
      this.#pump.run();
    });
    this.#pump = new Pump(this.#outbox, (frame) => this.#link.send(frame));
    this.#outbox.load();
    this.#link = new Link(host, {
      onFrame: (frame) => this.#receive(frame),
      onState: (state) => this.#enter(state),
    });
    this.#link.open();
  }

  get state(): ChatState {
    return this.#state;
  }

  /** Whose chat it is; null until it has been open once. */
  get accountId(): string | null {
    return this.#accountId;
  }

  /** What is not acknowledged yet, oldest first. */
  get pending(): readonly OutboxEntry[] {
    return this.#outbox.entries;
  }

  /** Resolves as soon as the chat is open. @throws OpenwardError when it is closed for good. */
  async opened(signal?: AbortSignal): Promise<void> {
    if (this.#state.state === 'open') return;
    const isDecided = ({ state }: ChatState) => state === 'open' || state === 'closed';
    const reached = isDecided(this.#state) ? this.#state : await this.next('state', isDecided, signal);
    if (reached.state === 'closed') throw reached.error ?? new OpenwardError({ code: 'closed', where: 'chat' });
  }

  /**
   * Sends a text of 1 to 8000 characters, now or as soon as there is a connection, again and again under the same
   * `clientId` until the server has committed it.
   * @returns the ack, across any number of connections.
   * @throws OpenwardError `room-closed`, `not-found`, `client-id-reused`, `invalid-frame`, `forbidden`: refused for good;
   * `closed` or the session's end: still unsent.
   */
  async send(roomId: string, text: string, options: SendDraft = {}): Promise<Ack> {
    if (this.#state.state === 'closed') throw this.#state.error ?? new OpenwardError({ code: 'closed', where: 'send' });
    return this.#outbox.add(toEntry(roomId, text, options));
  }

  /** Says that one has read up to `seq`, until the server knows it. It survives a lost connection and never goes back. */
  read(roomId: string, seq: number): void {
    if (!this.#reads.add(roomId, seq)) return;
    this.#sendIfOpen(() => this.#link.send({ type: 'read', roomId, seq }));
  }

  /** Says that one is writing. May be called on each key: it is sent every 2 s at most. */
  typing(roomId: string): void {
    if (Date.now() - (this.#typedAt.get(roomId) ?? 0) < typingEveryMs) return;
    this.#sendIfOpen(() => {
      this.#typedAt.set(roomId, Date.now());
      this.#link.send({ type: 'typing', roomId });
    });
  }

  /** The accounts that are typing in a room at this moment. */
  typingIn(roomId: string): readonly string[] {
    return this.#typists.in(roomId);
  }

  /** Delivers a room from the message after `afterSeq` on (0: all of it), even what was delivered before. */
  follow(roomId: string, afterSeq: number): void {
    this.#deliveries.follow(roomId, afterSeq);
    this.#sendIfOpen(() => this.#deliveries.resume([roomId]));
  }

  /** The last seq that was delivered of a room; null for a room not heard of. */
  cursor(roomId: string): number | null {
    return this.#deliveries.seq(roomId);
  }

  /** The last change (edit or retraction) that was told of a room; null for a room not heard of. */
  changeSeq(roomId: string): number | null {
    return this.#changes.seq(roomId);
  }

  /** Connects anew, now: the network has changed, and what was known of the old connection is worth nothing. */
  reconnect(): void {
    this.#link.reconnect();
  }

  /** Ends the chat. What is not acknowledged yet rejects with `closed`; a storage keeps it for the next time. */
  close(): void {
    this.#link.close(null);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #sendIfOpen(send: () => void): void {
    if (this.#state.state === 'open') send();
  }

  #enter(state: ChatState): void {
    this.#state = state;
    this.#pump.turn(state.state === 'open');
    if (state.state === 'closed') {
      this.#pump.endPause();
      this.#typists.close();
      this.#outbox.close(state.error ?? new OpenwardError({ code: 'closed', where: 'send' }));
    }
    this.emit('state', state);
  }

  #receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'ready':
        this.#start(frame);
        this.emit('ready', frame);
        break;
      case 'message': {
        const { type: _, ...message } = frame;
        this.#deliveries.take(message);
        break;
      }
      case 'ack': {
        const { type: _, ...ack } = frame;
        this.#acknowledge(ack);
        break;
      }
      case 'resumed':
        this.#deliveries.resumed(frame.roomId, frame.toSeq);
        break;
      case 'position':
        this.#catchUp(frame);
        break;
      case 'error':
        this.#refused(frame);
        break;
      case 'reset':
        this.#deliveries.reset(frame.roomId, frame.headSeq);
        this.emit('reset', frame);
        break;
      case 'room':
        this.#deliveries.join(frame.roomId);
        this.emit('room', frame);
        break;
      case 'request':
        this.emit('request', frame);
        break;
      case 'read':
        if (frame.accountId === this.#accountId) this.#reads.heard(frame.roomId, frame.seq);
        this.emit('read', frame);
        break;
      case 'typing':
        this.#typists.heard(frame);
        this.emit('typing', frame);
        break;
      case 'presence':
        this.emit('presence', frame);
        break;
      case 'edited':
        if (this.#changes.isNext(frame.roomId, frame.changeSeq)) this.emit('edited', frame);
        break;
      case 'retracted':
        if (this.#changes.isNext(frame.roomId, frame.changeSeq)) this.emit('retracted', frame);
        break;
    }
  }

  /** `position`: by now every ack and message up to here should have come. */
  #catchUp({ roomId, headSeq, changeSeq = 0 }: FrameOf<'position'>): void {
    this.#changes.heard(roomId, changeSeq);
    this.#outbox.putBack({ olderThanMs: ackTimeoutMs });
    this.#pump.run();
    this.#deliveries.heard(roomId, headSeq);
    this.#sayRead(roomId, headSeq);
  }

  /** `ready`: the first frame back is a resume of every room, so that nothing falls between the two connections. */
  #start({ accountId, rooms }: FrameOf<'ready'>): void {
    const isFirst = this.#accountId === null;
    // What another tab could not send before it ended is sent from here.
    if (!isFirst) this.#outbox.load();
    this.#accountId = accountId;
    this.#outbox.putBack({ olderThanMs: 0 });
    this.#pump.endPause();
    this.#deliveries.connect(rooms, { isFirst });
    for (const { roomId, changeSeq = 0 } of rooms) this.#changes.heard(roomId, changeSeq);
    for (const { roomId, headSeq, readSeq } of rooms) {
      this.#reads.heard(roomId, readSeq);
      this.#sayRead(roomId, headSeq);
    }
  }

  #sayRead(roomId: string, headSeq: number): void {
    const seq = this.#reads.due(roomId, headSeq);
    if (seq !== null) this.#link.send({ type: 'read', roomId, seq });
  }

  #deliver(message: Message): void {
    this.#typists.end({ roomId: message.roomId, accountId: message.senderId });
    this.emit('message', message);
  }

  /** Found out after a pause: told as it would have been live. What is not delivered yet comes as it is by now. */
  #tellChange({ roomId, seq, text, editedAt, retractedAt }: Message, changeSeq: number): void {
    if (retractedAt !== null) this.emit('retracted', { type: 'retracted', roomId, seq, changeSeq });
    else if (text !== null && editedAt !== undefined) {
      this.emit('edited', { type: 'edited', roomId, seq, text, editedAt, changeSeq });
    }
  }

  #acknowledge(ack: Ack): void {
    const entry = this.#outbox.acknowledge(ack);
    this.#pump.run();
    this.emit('ack', ack);
    this.emit('pending', this.pending);
    if (entry === null || this.#accountId === null) return;
    // What the files are (size, type, name) the server knows: such a message comes from there.
    if (entry.attachmentIds !== undefined) this.#deliveries.expect(ack.roomId, ack.seq);
    else this.#deliveries.take(toMessage(entry, ack, this.#accountId));
  }

  #refused({ code, detail, clientId, retryAfterMs }: FrameOf<'error'>): void {
    if (passing.has(code)) this.#pump.pauseFor(retryAfterMs ?? pauseMs);
    if (clientId === undefined || !this.#outbox.has(clientId)) {
      const retryAfterS = retryAfterMs === undefined ? null : retryAfterMs / 1000;
      this.emit('error', new OpenwardError({ code, detail, retryAfterS, where: 'chat' }));
    } else if (passing.has(code)) {
      this.#outbox.putBack({ clientId });
    } else {
      const error = new OpenwardError({ code, detail, where: 'send' });
      const entry = this.#outbox.refuse(clientId, error);
      if (entry !== null) this.emit('refused', { entry, error });
      this.emit('pending', this.pending);
      this.#pump.run();
    }
  }
}
