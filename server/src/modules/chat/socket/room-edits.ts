import type { MessageRow } from '../read-messages.ts';
import type { FeedSource } from './feed-source.ts';
import { encodeFrame } from './frames.ts';
import type { RoomFeed } from './room-feed.ts';

/** Messages of a room with another text, until those who have the old one are told. */
export class RoomEdits {
  readonly #feed: RoomFeed;
  readonly #source: FeedSource;
  /** Each with the change of the room that made it. */
  readonly #waiting = new Map<number, number>();
  #telling = false;

  constructor(feed: RoomFeed, source: FeedSource) {
    this.#feed = feed;
    this.#source = source;
  }

  get isDone(): boolean {
    return this.#waiting.size === 0 && !this.#telling;
  }

  add(seq: number, changeSeq: number): void {
    this.#waiting.set(seq, changeSeq);
  }

  clear(): void {
    this.#waiting.clear();
  }

  tell(): void {
    if (this.#waiting.size > 0 && !this.#telling) void this.#tellAll();
  }

  /** As with messages: nobody is told before the members of that moment are known, and a reader that is full reads it later. */
  async #tellAll(): Promise<void> {
    const feed = this.#feed;
    this.#telling = true;
    try {
      for (let [next] = this.#waiting; next !== undefined && feed.isCurrent; [next] = this.#waiting) {
        const [seq, changeSeq] = next;
        const { generation } = feed;
        const [row] = await this.#source.readMessages(feed.roomId, seq, seq);
        if (generation !== feed.generation) continue;
        if (row !== undefined) feed.need(row.roomVersion);
        if (!feed.isCurrent) return;
        this.#waiting.delete(seq);
        if (row !== undefined) this.#tellOne(row, changeSeq);
      }
    } catch (error) {
      this.#source.retryLater(feed, error);
    } finally {
      this.#telling = false;
    }
  }

  #tellOne({ roomId, seq, text, editedAt }: MessageRow, changeSeq: number): void {
    if (text === null || editedAt === undefined) return;
    const frame = encodeFrame({ type: 'edited', roomId, seq, text, editedAt, changeSeq });
    // Who has not got the message yet gets it as it is by then.
    for (const subscription of this.#feed.subscriptions) if (subscription.hasPassed(seq)) subscription.send(frame);
  }
}
