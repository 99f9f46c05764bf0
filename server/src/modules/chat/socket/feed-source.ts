import type { MessageRow } from '../read-messages.ts';
import type { RoomFeed } from './room-feed.ts';

/** Where a feed gets what it does not have. */
export type FeedSource = {
  readMessages(roomId: string, fromSeq: number, toSeq: number): Promise<MessageRow[]>;
  /** The members may be others: bring a snapshot. */
  reload(feed: RoomFeed): void;
  /** What has not come by itself once this calls is not waited for any longer. */
  afterPatience(act: () => void): void;
  /** Something could not be read: look again soon. */
  retryLater(feed: RoomFeed, error: unknown): void;
  /** What was told of at this time went out to the first socket. */
  onDelivered(toldAtMs: number): void;
};
