import type { LiveMessage } from './live-message.ts';
import type { RoomFeed } from './room-feed.ts';

/** A connection, as its subscriptions see it. */
export type Receiver = {
  readonly accountId: string;
  /** Too much is unsent: messages wait in the database. */
  readonly full: boolean;
  send(frame: Buffer): void;
  /** Whether this very message is being written by this connection, and its outcome not known yet. */
  isWriting(message: LiveMessage): boolean;
  /** The account is no longer in the room. */
  onLeft(roomId: string): void;
};

/**
 * One connection in one room: a cursor. What leaves is always the message after the cursor, taken from what is at hand or
 * read from the database, so that nothing is missing, nothing comes twice, and a slow reader costs no more than this.
 */
export class Subscription {
  readonly feed: RoomFeed;
  readonly #receiver: Receiver;
  /** The seq of the last message that went out, or that the client has by other means. */
  #cursor = 0;
  /** Up to here the client asked for everything, its own messages too. */
  #repeatTo = 0;
  /** Beyond the cursor: written by this connection, which got an ack for it. */
  #own: Set<number> | undefined;
  #live = false;
  /** The next message is being written by this connection: its outcome says whether it goes out. */
  #held = false;
  /** The next message is being waited for, or read. */
  #waiting = false;
  #reading = false;
  #ended = false;
  /** Was told of every member's presence since it came. */
  informed = false;

  constructor(feed: RoomFeed, receiver: Receiver) {
    this.feed = feed;
    this.#receiver = receiver;
    feed.subscriptions = feed.subscriptions.concat(this);
  }

  get accountId(): string {
    return this.#receiver.accountId;
  }

  /** The version of the room in which the account is known to be in it; none where the database has to be asked. */
  get seenIn(): number | undefined {
    return this.feed.isCurrent && this.feed.admits(this.accountId) ? this.feed.version : undefined;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Whether `ready` has long gone out: what is sent arrives. */
  get isLive(): boolean {
    return this.#live && !this.#ended;
  }

  /** Whether the client has the message, if only by its ack, and room for more: who has not, finds changes by the `changeSeq` of a later frame. */
  hasPassed(seq: number): boolean {
    return (this.#cursor >= seq || this.#own?.has(seq) === true) && !this.#receiver.full;
  }

  /** Where it starts unless the client says otherwise. Nothing goes out yet. */
  startAfter(seq: number): void {
    this.#cursor = seq;
  }

  goLive(): void {
    this.#live = true;
    this.pump();
  }

  /** Everything after `seq` up to `toSeq`, whoever wrote it and whether or not it went out before; then what comes. */
  resumeAfter(seq: number, toSeq: number): void {
    this.#cursor = seq;
    this.#repeatTo = toSeq;
    this.#held = false;
    this.goLive();
  }

  /** This connection got an ack for it: then it does not get the message as well. */
  skipOwn(seq: number): void {
    if (seq <= this.#cursor || seq <= this.#repeatTo) return;
    this.#own ??= new Set();
    this.#own.add(seq);
  }

  /** The outcome of what this connection was writing is known. */
  release(): void {
    this.#held = false;
    this.pump();
  }

  /** Something else than a message, for the account if it is in the room. */
  send(frame: Buffer): void {
    if (!this.#ended && this.feed.admits(this.accountId)) this.#receiver.send(frame);
  }

  /** The connection is gone. */
  end(): void {
    this.#ended = true;
    this.feed.subscriptions = this.feed.subscriptions.filter((other) => other !== this);
  }

  /** The account is no longer in the room: nothing goes out from here on. */
  leave(): void {
    this.end();
    this.#receiver.onLeft(this.feed.roomId);
  }

  /** Sends what can be sent. To be called whenever that may have become more. */
  pump(): void {
    if (this.#reading) return;
    this.#sendRecent();
    if (!this.#waiting && this.#isBehind()) void this.#readOn();
  }

  /** Membership is asked for here, at each message, where it leaves. */
  #isBehind(): boolean {
    return (
      this.#live &&
      !this.#held &&
      !this.#ended &&
      this.#cursor < this.feed.head &&
      !this.#receiver.full &&
      this.feed.isCurrent &&
      this.feed.admits(this.accountId)
    );
  }

  #sendRecent(): void {
    while (this.#isBehind()) {
      const next = this.feed.recent.get(this.#cursor + 1);
      if (next === undefined) return;
      this.#pass(next);
    }
  }

  async #readOn(): Promise<void> {
    this.#waiting = true;
    try {
      while (this.#isBehind()) {
        const from = this.#cursor;
        await this.feed.untilFilled(from);
        this.#sendRecent();
        // Where something came, more may come.
        if (this.#isBehind() && this.#cursor === from) await this.#readPage();
      }
    } catch (error) {
      this.feed.onReadFailed(error);
    } finally {
      this.#waiting = false;
    }
  }

  async #readPage(): Promise<void> {
    this.#reading = true;
    try {
      for (const message of await this.feed.pageAfter(this.#cursor)) {
        if (!this.#isBehind()) break;
        if (message.seq === this.#cursor + 1) this.#pass(message);
      }
    } finally {
      this.#reading = false;
    }
  }

  #pass(message: LiveMessage): void {
    const repeated = message.seq <= this.#repeatTo;
    if (!repeated && this.#receiver.isWriting(message)) {
      this.#held = true;
      return;
    }
    this.#cursor = message.seq;
    const own = this.#own?.delete(message.seq) === true;
    if (!own || repeated) {
      this.#receiver.send(message.frame);
      this.feed.onPassed(message.seq);
    }
  }
}
