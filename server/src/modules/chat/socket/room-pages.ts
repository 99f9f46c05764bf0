import type { FeedSource } from './feed-source.ts';
import { LiveMessage } from './live-message.ts';
import type { RoomFeed } from './room-feed.ts';

const pageSize = 100;

/** The readings of a room that are under way. Those who are at the same place share one. */
export class RoomPages {
  readonly #feed: RoomFeed;
  readonly #source: FeedSource;
  readonly #reads = new Map<number, Promise<LiveMessage[]>>();

  constructor(feed: RoomFeed, source: FeedSource) {
    this.#feed = feed;
    this.#source = source;
  }

  get isIdle(): boolean {
    return this.#reads.size === 0;
  }

  /** The messages after a seq, a page at most. `ended` is called when this reading is over, for whoever shares it. */
  after(seq: number, ended: () => void): Promise<LiveMessage[]> {
    const shared = this.#reads.get(seq);
    if (shared !== undefined) return shared;
    const read = this.#read(seq).finally(() => {
      this.#reads.delete(seq);
      ended();
    });
    this.#reads.set(seq, read);
    return read;
  }

  async #read(after: number): Promise<LiveMessage[]> {
    const feed = this.#feed;
    for (;;) {
      const { generation, news } = feed;
      const rows = await this.#source.readMessages(feed.roomId, after + 1, after + pageSize);
      if (generation !== feed.generation) continue;
      const last = rows.at(-1);
      if (last === undefined) {
        feed.onNothingAfter(after, news);
        return [];
      }
      if (rows[0]?.seq !== after + 1 || last.seq !== after + rows.length) {
        throw new Error(`Room ${feed.roomId} is not dense after seq ${after}.`);
      }
      feed.onRead(last);
      return rows.map(({ roomVersion: _, ...message }) => new LiveMessage(message));
    }
  }
}
