import { newId } from '#platform/id.ts';
import type { Ctx } from '#server/context.ts';
import type { SocketLimits } from '#server/limits.ts';
import { beat, joinPresence, leavePresence, type Presence, presenceOf, reapNodes } from '../presence.ts';
import { presenceChanged } from '../topics.ts';
import type { Connections } from './connections.ts';
import type { Feeds } from './feeds.ts';
import { encodeFrame } from './frames.ts';
import type { RoomFeed } from './room-feed.ts';
import type { Subscription } from './subscription.ts';

/** What the bus carries at once: an event is at most 7 kB. */
const accountsPerEvent = 150;
/** Bounds a statement. */
const accountsPerReading = 2000;

/**
 * Who of this node's accounts is online, kept in the chat database: a row for an account that has sockets here, and a sign of life of
 * the node. So a node that is killed is found out by the others when its lease runs out. An account costs a write when its first socket
 * opens and when it has been without one for some seconds, gathered with others; frames and reconnects cost none.
 */
export class PresenceKeeper {
  readonly #ctx: Ctx;
  readonly #limits: SocketLimits;
  readonly #connections: Connections;
  readonly #feeds: Feeds;
  readonly #nodeId = newId();
  /** Those who have a row. */
  readonly #here = new Set<string>();
  /** Those of whom that has to be looked at. */
  readonly #due = new Set<string>();
  readonly #leaving = new Map<string, NodeJS.Timeout>();
  readonly #heard = new Set<string>();
  /** One reading after the other, so that what is told last was read last. */
  #reading: Promise<void> = Promise.resolve();
  readonly #beats: NodeJS.Timeout;
  #telling: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(ctx: Ctx, limits: SocketLimits, connections: Connections, feeds: Feeds) {
    this.#ctx = ctx;
    this.#limits = limits;
    this.#connections = connections;
    this.#feeds = feeds;
    this.#beats = setInterval(() => this.#look(), limits.presenceBeatMs).unref();
  }

  opened(accountId: string): void {
    clearTimeout(this.#leaving.get(accountId));
    this.#leaving.delete(accountId);
    if (!this.#here.has(accountId)) this.#look(accountId);
  }

  closed(accountId: string): void {
    if (this.#closed || this.#connections.ofAccount(accountId).length > 0 || this.#leaving.has(accountId)) return;
    const timer = setTimeout(() => {
      this.#leaving.delete(accountId);
      this.#look(accountId);
    }, this.#limits.presenceGraceMs);
    this.#leaving.set(accountId, timer.unref());
  }

  /** Some of these are online now, or offline: whoever shares a room with them here is told, from the database. */
  hear(accountIds: readonly string[]): void {
    if (this.#closed || this.#connections.size === 0) return;
    for (const accountId of accountIds) this.#heard.add(accountId);
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      void this.#inTurn(() => this.#tellHeard());
    }, 20).unref();
  }

  /**
   * Compares what was told with the database, at each heartbeat: whoever was not told of a change, since the news of it was lost on its way
   * here, or came after the change, is told now. What they know already is not said again.
   */
  async compare(): Promise<void> {
    if (this.#connections.size > 0) await this.#inTurn(() => this.#tellAll());
  }

  /** The rows stay until the lease runs out, as long as clients need to come back to another node. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#beats);
    clearTimeout(this.#telling);
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    await this.#writing;
  }

  #look(accountId?: string): void {
    if (this.#closed) return;
    if (accountId === undefined) {
      this.#writing ??= this.#write(true);
      return;
    }
    this.#due.add(accountId);
    this.#writing ??= this.#write(false);
  }

  async #write(beats: boolean): Promise<void> {
    try {
      if (beats || this.#here.size === 0) await this.#beat();
      // In a rush there is always somebody new: the beat must not wait for its end.
      for (let beatAtMs = performance.now(); this.#due.size > 0 && !this.#closed; ) {
        await this.#writeDue();
        if (performance.now() - beatAtMs < this.#limits.presenceBeatMs) continue;
        beatAtMs = performance.now();
        await this.#beat();
      }
      if (beats) this.#announce(await reapNodes(this.#ctx, this.#limits.presenceLeaseMs));
    } catch (error) {
      // What is due stays so until the next beat.
      this.#ctx.log.debug({ err: error }, 'presence could not be written');
    } finally {
      this.#writing = undefined;
    }
  }

  async #beat(): Promise<void> {
    if (!(await beat(this.#ctx, this.#nodeId))) return;
    // Taken for dead meanwhile, or new.
    for (const accountId of this.#here) this.#due.add(accountId);
    this.#here.clear();
  }

  async #writeDue(): Promise<void> {
    const due = [...this.#due];
    const isOpen = (accountId: string) =>
      this.#connections.ofAccount(accountId).length > 0 || this.#leaving.has(accountId);
    const joining = due.filter((accountId) => isOpen(accountId) && !this.#here.has(accountId));
    const leaving = due.filter((accountId) => !isOpen(accountId) && this.#here.has(accountId));
    const { presenceLeaseMs, presenceGraceMs } = this.#limits;
    const before = await presenceOf(this.#ctx, joining, presenceLeaseMs);
    if (joining.length > 0) await joinPresence(this.#ctx, this.#nodeId, joining);
    if (leaving.length > 0) await leavePresence(this.#ctx, this.#nodeId, leaving, presenceGraceMs);
    for (const accountId of due) this.#due.delete(accountId);
    for (const accountId of joining) this.#here.add(accountId);
    for (const accountId of leaving) this.#here.delete(accountId);
    // Who came or went while this was written is looked at again.
    for (const accountId of due) if (isOpen(accountId) !== this.#here.has(accountId)) this.#due.add(accountId);
    const after = await presenceOf(this.#ctx, leaving, presenceLeaseMs);
    this.#announce([
      ...joining.filter((accountId) => before.get(accountId)?.online !== true),
      ...leaving.filter((accountId) => after.get(accountId)?.online !== true),
    ]);
  }

  #announce(accountIds: readonly string[]): void {
    for (let from = 0; from < accountIds.length; from += accountsPerEvent) {
      this.#ctx.bus.publish(presenceChanged, { accountIds: accountIds.slice(from, from + accountsPerEvent) });
    }
  }

  #inTurn(read: () => Promise<void>): Promise<void> {
    this.#reading = this.#reading.then(async () => {
      if (this.#closed) return;
      await read().catch((error: unknown) => {
        this.#ctx.log.debug({ err: error }, 'presence could not be read');
      });
    });
    return this.#reading;
  }

  async #tellHeard(): Promise<void> {
    const accountIds = [...this.#heard];
    this.#heard.clear();
    for (const [accountId, found] of await this.#read(accountIds)) {
      for (const feed of this.#feeds.ofMember(accountId))
        if (feed.isCurrent) this.#tell(feed, feed.subscriptions, accountId, found);
    }
  }

  async #tellAll(): Promise<void> {
    const feeds = [...this.#feeds];
    const here = feeds.map((feed) => ({ feed, arrived: feed.subscriptions.filter(({ isLive }) => isLive) }));
    const found = await this.#read([...new Set(feeds.flatMap((feed) => feed.members.ids))]);
    for (const { feed, arrived } of here) {
      // Who is in it is not known at this moment: at the next heartbeat.
      if (!feed.isCurrent) continue;
      for (const accountId of feed.members.ids) {
        const now = found.get(accountId);
        // Who came meanwhile is told of all at the next heartbeat, and not of this twice.
        if (now !== undefined) this.#tell(feed, arrived, accountId, now);
      }
      for (const subscription of arrived) subscription.informed = true;
    }
  }

  async #read(accountIds: readonly string[]): Promise<Map<string, Presence>> {
    const found = new Map<string, Presence>();
    for (let from = 0; from < accountIds.length; from += accountsPerReading) {
      const some = accountIds.slice(from, from + accountsPerReading);
      for (const [id, now] of await presenceOf(this.#ctx, some, this.#limits.presenceLeaseMs)) found.set(id, now);
    }
    return found;
  }

  /** Tells those of `to` in the room, but for the account itself, who do not know it yet. */
  #tell(feed: RoomFeed, to: readonly Subscription[], accountId: string, found: Presence): void {
    // One word for all who are online, which most are of whom something is kept.
    const isNews = feed.members.notePresence(accountId, found.online ? 'online' : `${found.lastSeenAt}`);
    const frame = encodeFrame({ type: 'presence', roomId: feed.roomId, accountId, ...found });
    for (const subscription of to) {
      if (subscription.accountId === accountId) continue;
      if (isNews || !subscription.informed) subscription.send(frame);
    }
  }
}
