import type { RoomStatus, ServerFrame } from '@openward/contracts';
import type { RoomSnapshot } from '../find-rooms.ts';
import { changesOf } from '../list-changes.ts';
import { carriedRoomIds } from '../list-rooms.ts';
import type { ChatNode } from './connection.ts';
import { encodeFrame } from './frames.ts';
import { type Receiver, Subscription } from './subscription.ts';

type ReadyRoom = Extract<ServerFrame, { type: 'ready' }>['rooms'][number];

/** The rooms of one socket: those of its account, loaded once, then as the account joins and leaves. */
export class JoinedRooms {
  readonly #node: ChatNode;
  readonly #receiver: Receiver;
  /** False for who has no rooms whatever the database says: admins, doctors without approval. */
  readonly #allowed: boolean;
  /** Few: an array of its own size costs a third of a table. Replaced as the account joins and leaves. */
  #rooms: readonly Subscription[] = [];
  /** Rooms that were opened while the others were being loaded; null once those are. */
  #invitedMeanwhile: Set<string> | null = new Set();
  #live = false;
  #closed = false;

  constructor(node: ChatNode, receiver: Receiver, allowed: boolean) {
    this.#node = node;
    this.#receiver = receiver;
    this.#allowed = allowed;
  }

  /**
   * Joins the rooms of the account, at the head of each. The feeds are listened to before the heads are read, so that nothing
   * falls in between. @returns null when the socket closed meanwhile.
   */
  async load(): Promise<ReadyRoom[] | null> {
    const { ctx, feeds, limits } = this.#node;
    const { accountId } = this.#receiver;
    const ids = this.#allowed ? await carriedRoomIds(ctx, { accountId, limit: limits.roomsPerSocket }) : [];
    if (this.#closed) return null;
    this.#rooms = ids.map((id) => new Subscription(feeds.open(id), this.#receiver));
    const snapshots = await feeds.refresh(ids);
    if (this.#closed) return null;
    const found = new Map(snapshots.map((snapshot) => [snapshot.roomId, snapshot]));
    return this.#rooms.flatMap((subscription) => this.#start(subscription, found) ?? []);
  }

  /** `ready` has gone out: from now on rooms may be joined one by one. */
  opened(): void {
    const meanwhile = this.#invitedMeanwhile ?? [];
    this.#invitedMeanwhile = null;
    this.#node.feeds.refreshSoon([...meanwhile]);
  }

  goLive(): void {
    if (this.#live) return;
    this.#live = true;
    this.pump();
  }

  /** Whatever can go out goes out. */
  pump(): void {
    if (!this.#live) return;
    for (const subscription of this.#rooms) subscription.goLive();
  }

  get isEmpty(): boolean {
    return this.#rooms.length === 0;
  }

  get(roomId: string): Subscription | undefined {
    return this.#rooms.find(({ feed }) => feed.roomId === roomId);
  }

  /**
   * Looks once for those of the rooms that this socket has no place in: where the account is in one without this node having heard of
   * it, it is joined. @returns those that the account is in and the socket has no place for.
   */
  async find(roomIds: readonly string[]): Promise<ReadonlySet<string>> {
    const unknown = this.#allowed ? roomIds.filter((roomId) => this.get(roomId) === undefined) : [];
    if (unknown.length === 0) return new Set();
    const snapshots = await this.#node.feeds.refresh([...new Set(unknown)]);
    const { accountId } = this.#receiver;
    const beyond = snapshots.filter(({ roomId, members }) => members.has(accountId) && this.get(roomId) === undefined);
    return new Set(beyond.map(({ roomId }) => roomId));
  }

  onInvited(snapshot: RoomSnapshot): void {
    const { roomId } = snapshot;
    const member = snapshot.members.get(this.#receiver.accountId);
    if (member === undefined || !this.#allowed || this.#closed || this.get(roomId) !== undefined) return;
    if (this.#invitedMeanwhile !== null) return void this.#invitedMeanwhile.add(roomId);
    if (!this.#hasPlaceFor(snapshot)) return;
    const { feeds } = this.#node;
    const feed = feeds.open(roomId);
    const isNew = feed.subscriptions.length === 0;
    feed.learn(snapshot);
    // The snapshot may be old news to a feed that was there.
    if (!feed.admits(this.#receiver.accountId)) {
      feeds.dropIfIdle(feed);
      return;
    }
    const subscription = new Subscription(feed, this.#receiver);
    this.#makePlace();
    this.#rooms = this.#rooms.concat(subscription);
    // What was said since the account joined comes by itself; what is older can be resumed.
    subscription.startAfter(member.joinedSeq);
    this.#receiver.send(encodeFrame({ type: 'room', roomId, status: feed.status }));
    if (this.#live) subscription.goLive();
    // Between the snapshot and here nobody listened to a feed that is new.
    if (isNew) feeds.refreshSoon([roomId]);
  }

  onLeft(roomId: string): void {
    const subscription = this.get(roomId);
    if (subscription === undefined) return;
    this.#forget(subscription);
    this.#receiver.send(encodeFrame({ type: 'room', roomId, status: 'closed' }));
    this.#node.feeds.dropIfIdle(subscription.feed);
  }

  close(): void {
    this.#closed = true;
    for (const subscription of this.#rooms) this.#drop(subscription);
  }

  #start(subscription: Subscription, found: Map<string, RoomSnapshot>): ReadyRoom | null {
    const { roomId } = subscription.feed;
    const snapshot = found.get(roomId);
    const member = snapshot?.members.get(this.#receiver.accountId);
    if (snapshot === undefined || member === undefined) {
      this.#drop(subscription);
      return null;
    }
    subscription.startAfter(snapshot.headSeq);
    const { headSeq, changeSeq } = snapshot;
    return { roomId, headSeq, readSeq: member.readSeq, ...changesOf(changeSeq) };
  }

  get #isFull(): boolean {
    return this.#rooms.length >= this.#node.limits.roomsPerSocket;
  }

  /** An open room goes before one that is closed, in which nothing more is said, then a newer before an older. */
  #hasPlaceFor(room: Ranked): boolean {
    const last = this.#lastRanked();
    return !this.#isFull || (last !== undefined && goesBefore(room, last.feed));
  }

  /** Whoever has the room that goes is told that nothing more of it comes here. */
  #makePlace(): void {
    const last = this.#lastRanked();
    if (!this.#isFull || last === undefined) return;
    const { roomId, head } = last.feed;
    this.#drop(last);
    this.#receiver.send(encodeFrame({ type: 'reset', roomId, headSeq: head, reason: 'beyond-limit' }));
  }

  #lastRanked(): Subscription | undefined {
    const [first, ...others] = this.#rooms;
    return first && others.reduce((last, one) => (goesBefore(last.feed, one.feed) ? one : last), first);
  }

  #drop(subscription: Subscription): void {
    subscription.end();
    this.#forget(subscription);
    this.#node.feeds.dropIfIdle(subscription.feed);
  }

  #forget(subscription: Subscription): void {
    this.#rooms = this.#rooms.filter((other) => other !== subscription);
  }
}

type Ranked = { readonly roomId: string; readonly status: RoomStatus };

/** Ids grow with time. */
function goesBefore(one: Ranked, other: Ranked): boolean {
  if (one.status !== other.status) return one.status === 'open';
  return one.roomId > other.roomId;
}
