import { eventsEveryMs } from '#platform/bus/bus.ts';
import type { Ctx } from '#server/context.ts';
import { announceMessage } from '../announce-message.ts';
import { carriedBy } from '../carried-messages.ts';
import { findJoinedLately, findRooms, type RoomSnapshot } from '../find-rooms.ts';
import { changesOf } from '../list-changes.ts';
import { type MessageRow, readMessages } from '../read-messages.ts';
import type { AppendedNews } from '../topics.ts';
import type { Connections } from './connections.ts';
import type { FeedSource } from './feed-source.ts';
import { encodeFrame } from './frames.ts';
import { RoomFeed } from './room-feed.ts';

/** How often a feed whose members changed again meanwhile is loaded at once; after that, at the next tick. */
const maxReloads = 3;
/** Clocks of nodes and databases may differ by this much. */
const clockSlackS = 30;
/** One event of a node may just have gone; the next is on its way after that. */
const patienceMs = 3 * eventsEveryMs;
/** A message that was longer on its way is read: meanwhile it may have been changed without this node having heard of it. */
const carriedForMs = 5000;

/** The feeds of the rooms that sockets of this node are in, and what brings them the database's word. */
export class Feeds implements FeedSource {
  readonly #ctx: Ctx;
  readonly #connections: Connections;
  readonly #feeds = new Map<string, RoomFeed>();
  readonly #reloading = new Set<RoomFeed>();
  readonly #stuck = new Set<RoomFeed>();
  /** Rooms that changed while the database was away. */
  readonly #missed = new Set<string>();
  /** Rooms that a message may have been written into without anybody knowing. */
  readonly #doubtful = new Set<string>();
  #joinsSeenAtMs = performance.now();

  constructor(ctx: Ctx, connections: Connections) {
    this.#ctx = ctx;
    this.#connections = connections;
  }

  [Symbol.iterator](): Iterator<RoomFeed> {
    return this.#feeds.values();
  }

  get(roomId: string): RoomFeed | undefined {
    return this.#feeds.get(roomId);
  }

  /** The feed of a room, made when it is the first socket's. Until a snapshot is learned, it lets nothing out. */
  open(roomId: string): RoomFeed {
    let feed = this.#feeds.get(roomId);
    if (feed === undefined) {
      feed = new RoomFeed(roomId, this);
      this.#feeds.set(roomId, feed);
    }
    return feed;
  }

  /** The rooms here that an account is in, whether or not it has a socket here. */
  *ofMember(accountId: string): Generator<RoomFeed> {
    for (const feed of this.#feeds.values()) if (feed.admits(accountId)) yield feed;
  }

  /** Forgets a feed that no socket listens to any more. */
  dropIfIdle(feed: RoomFeed): void {
    if (feed.subscriptions.length > 0 || this.#feeds.get(feed.roomId) !== feed) return;
    this.#feeds.delete(feed.roomId);
    this.#stuck.delete(feed);
  }

  /** Brings the rooms up to date, and the sockets of their members into them. @returns what the database said. */
  async refresh(roomIds: readonly string[]): Promise<RoomSnapshot[]> {
    const snapshots = await findRooms(this.#ctx, roomIds);
    for (const snapshot of snapshots) this.#learn(snapshot);
    return snapshots;
  }

  /** Messages were committed, on any node. What came along is only opened where somebody waits for it. */
  onAppended(news: AppendedNews): void {
    const { rooms, atMs } = news;
    if (atMs !== undefined) for (const { roomId, seq } of rooms) this.get(roomId)?.onTold(seq, atMs);
    if (rooms.some(({ roomId, seq }) => this.get(roomId)?.awaits(seq))) {
      const oldestMs = this.#ctx.clock.now().getTime() - carriedForMs;
      for (const carried of carriedBy(this.#ctx.keys.encryption, news)) {
        if (Date.parse(carried.message.sentAt) > oldestMs) this.get(carried.message.roomId)?.take(carried);
      }
    }
    for (const { roomId, seq, version } of rooms) this.get(roomId)?.hear(seq, version);
  }

  /** A room was opened or closed, or has other members. */
  onRoomChanged(roomId: string, version: number): void {
    const feed = this.get(roomId);
    if (feed !== undefined) feed.need(version);
    else if (this.#connections.size > 0) this.refreshSoon([roomId]);
  }

  /** The same as {@link refresh}, tried again by the clock while the database is away. */
  refreshSoon(roomIds: readonly string[]): void {
    if (roomIds.length === 0) return;
    this.refresh(roomIds).catch(() => {
      for (const roomId of roomIds) this.#missed.add(roomId);
    });
  }

  /** A write into a room failed, and may have been committed: once the database answers, every node hears how far the room is. */
  onDoubtfulWrite(roomId: string): void {
    this.#doubtful.add(roomId);
  }

  /**
   * Tells every socket how far its rooms are, by the database: a client or a node that missed something finds out. Also
   * finds rooms that members joined without this node having heard of it.
   */
  async announcePositions(): Promise<void> {
    const startedAtMs = performance.now();
    for (const { roomId, headSeq, changeSeq } of await this.refresh([...this.#feeds.keys()])) {
      this.get(roomId)?.broadcast(encodeFrame({ type: 'position', roomId, headSeq, ...changesOf(changeSeq) }));
    }
    const withinS = Math.ceil((startedAtMs - this.#joinsSeenAtMs) / 1000) + clockSlackS;
    const joined = await findJoinedLately(this.#ctx, this.#connections.accountIds, withinS);
    await this.refresh(joined.filter((roomId) => !this.#feeds.has(roomId)));
    this.#joinsSeenAtMs = startedAtMs;
  }

  /** About once a second: what failed is tried again. */
  tick(): void {
    const stuck = [...this.#stuck];
    this.#stuck.clear();
    for (const feed of stuck) {
      if (feed.isCurrent) feed.pump();
      else this.reload(feed);
    }
    const missed = [...this.#missed];
    this.#missed.clear();
    this.refreshSoon(missed);
    void this.#settleDoubts();
  }

  readMessages(roomId: string, fromSeq: number, toSeq: number): Promise<MessageRow[]> {
    return readMessages(this.#ctx, { roomId, fromSeq, toSeq });
  }

  afterPatience(act: () => void): void {
    setTimeout(act, patienceMs).unref();
  }

  reload(feed: RoomFeed): void {
    if (!this.#reloading.has(feed)) void this.#reload(feed);
  }

  retryLater(feed: RoomFeed, error: unknown): void {
    this.#ctx.log.debug({ roomId: feed.roomId, err: error }, 'a room could not be read, it is tried again');
    if (feed.subscriptions.length > 0) this.#stuck.add(feed);
  }

  onDelivered(toldAtMs: number): void {
    this.#ctx.metrics.messages.delivered((Date.now() - toldAtMs) / 1000);
  }

  async #reload(feed: RoomFeed): Promise<void> {
    this.#reloading.add(feed);
    try {
      for (let attempt = 1; !feed.isCurrent; attempt += 1) {
        if (attempt > maxReloads) throw new Error(`Room ${feed.roomId} is not where it was said to be.`);
        const [snapshot] = await findRooms(this.#ctx, [feed.roomId]);
        if (snapshot !== undefined) this.#learn(snapshot);
      }
    } catch (error) {
      this.retryLater(feed, error);
    } finally {
      this.#reloading.delete(feed);
    }
  }

  async #settleDoubts(): Promise<void> {
    const roomIds = [...this.#doubtful];
    this.#doubtful.clear();
    try {
      for (const { roomId, headSeq, version } of await this.refresh(roomIds)) {
        announceMessage(this.#ctx, { roomId, seq: headSeq, version });
      }
    } catch {
      for (const roomId of roomIds) this.#doubtful.add(roomId);
    }
  }

  #learn(snapshot: RoomSnapshot): void {
    const feed = this.get(snapshot.roomId);
    // It may be that somebody was banned, who is a member all the same.
    if (feed !== undefined && feed.version >= 0 && snapshot.version > feed.version)
      this.#connections.doubt(snapshot.members.keys());
    feed?.learn(snapshot);
    for (const accountId of snapshot.members.keys()) {
      for (const connection of this.#connections.ofAccount(accountId)) connection.onInvited(snapshot);
    }
  }
}
