import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RoomStatus } from '@openward/contracts';
import type { Carried } from '../carried-messages.ts';
import type { RoomSnapshot } from '../find-rooms.ts';
import type { MessageRow } from '../read-messages.ts';
import type { FeedSource } from './feed-source.ts';
import { encodeFrame } from './frames.ts';
import { Held } from './held.ts';
import { Hole } from './hole.ts';
import { LiveMessage, RecentMessages } from './live-message.ts';
import { RoomEdits } from './room-edits.ts';
import { RoomMembers } from './room-members.ts';
import { RoomPages } from './room-pages.ts';
import type { Subscription } from './subscription.ts';

/**
 * A room on this node, for as long as a socket here is in it. It knows how far the room has come (`head`) and who is in it,
 * both as rumours that only ever lead to reading the database: the head is raised by whatever tells of a newer message, and
 * what tells of a newer version of the room stops delivery until the members of that version are known. Of what is kept in memory this
 * is `roomMembership` in server/src/cache-policies.ts.
 */
export class RoomFeed {
  readonly roomId: string;
  /** Replaced as they come and go, so that who walks through them is not disturbed: most rooms have one or two here. */
  subscriptions: readonly Subscription[] = noSubscriptions;
  readonly recent = new RecentMessages();
  readonly #source: FeedSource;
  /** There while it is being read: at most moments most rooms are not. */
  #pages: RoomPages | null = null;
  #head = 0;
  #news = 0;
  /** How many changes of its messages the room has had, as far as is known here; infinite once that is no longer known. */
  #changes = 0;
  #hole: Hole | undefined;
  #version = -1;
  #neededVersion = 0;
  #status: RoomStatus = 'closed';
  #patientId: string | null = null;
  readonly members = new RoomMembers();
  /** What waits to be told until the members of this moment are known. */
  #held: Held | null = null;
  #generation = 0;
  #scheduled = false;
  /** There while an edit is to be told: most rooms never have one. */
  #edits: RoomEdits | null = null;
  /** The first message that was told of and that no socket here has got: for the metrics. */
  #awaited: { seq: number; toldAtMs: number } | undefined;

  constructor(roomId: string, source: FeedSource) {
    this.roomId = roomId;
    this.#source = source;
  }

  /** Grows when text that was read may not be shown any more. */
  get generation(): number {
    return this.#generation;
  }

  /** Grows with whatever tells of the head. */
  get news(): number {
    return this.#news;
  }

  get head(): number {
    return this.#head;
  }

  get status(): RoomStatus {
    return this.#status;
  }

  get version(): number {
    return this.#version;
  }

  get patientId(): string | null {
    return this.#patientId;
  }

  /** Whether the members are those of the newest version that was heard of. */
  get isCurrent(): boolean {
    return this.#version >= this.#neededVersion;
  }

  admits(accountId: string): boolean {
    return this.members.has(accountId);
  }

  /** The database's word. A snapshot that is older than what is known still tells of the head. */
  learn(snapshot: RoomSnapshot): void {
    this.#raiseHead(snapshot.headSeq);
    // Changes that nobody told of: any message at hand may be another by now.
    if (snapshot.changeSeq > this.#changes) {
      this.#changes = snapshot.changeSeq;
      this.#forgetAll();
    }
    if (snapshot.version > this.#version) this.#become(snapshot);
    for (const [accountId, { readSeq }] of snapshot.members) this.read(accountId, readSeq);
    this.pump();
  }

  /** There is a message with this seq, written when the room had this version. */
  hear(seq: number, version: number): void {
    const known = seq <= this.#head;
    // It did not come along, and will not.
    if (this.#lacks(seq)) this.#hole?.close();
    this.#raiseHead(seq);
    this.need(version);
    if (known) return;
    // Not at once: who wrote it on this node is about to offer the message itself.
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.pump();
    });
  }

  /** A message as it is now, so that nobody has to read it. */
  offer(message: LiveMessage, version: number): void {
    const after = this.#head;
    this.#raiseHead(message.seq);
    this.recent.add(message);
    if (this.#hole?.open === true) this.#fill(this.#hole);
    else if (message.seq > after + 1) this.#hole = this.#holeAfter(after);
    this.need(version);
    this.pump();
  }

  /**
   * A message that was written here, or by another node that sent it along. It is as it was then: not taken once the room is known to have changed since,
   * nor when it is no news, as what comes late or twice is not. Then, as for all that was lost, there is the database.
   */
  take({ message, version, changeSeq }: Carried): void {
    if (this.awaits(message.seq) && changeSeq >= this.#changes) this.offer(new LiveMessage(message), version);
  }

  /** Whether a message is news here. */
  awaits(seq: number): boolean {
    return seq > this.#head || this.#lacks(seq);
  }

  /** For the metrics: when the message was told of, if it is news. */
  onTold(seq: number, toldAtMs: number): void {
    if (seq > this.#head) this.#awaited ??= { seq, toldAtMs };
  }

  /** A message went out to a socket. */
  onPassed(seq: number): void {
    if (this.#awaited === undefined || seq < this.#awaited.seq) return;
    this.#source.onDelivered(this.#awaited.toldAtMs);
    this.#awaited = undefined;
  }

  /** The room has at least this version. */
  need(version: number): void {
    this.#neededVersion = Math.max(this.#neededVersion, version);
    if (!this.isCurrent) this.#source.reload(this);
  }

  /** The text of a message is gone: nothing that still holds it leaves from now on. */
  retract(seq: number, changeSeq?: number): void {
    this.#forget(seq, changeSeq);
    const change = changeSeq === undefined ? {} : { changeSeq };
    this.broadcast(encodeFrame({ type: 'retracted', roomId: this.roomId, seq, ...change }));
  }

  /** What was said is gone: nothing that still holds it leaves from now on, and whoever has it is to read the room anew. */
  removeAll(): void {
    this.#changes = Number.POSITIVE_INFINITY;
    this.#edits?.clear();
    this.#forgetAll();
    this.broadcast(encodeFrame({ type: 'reset', roomId: this.roomId, headSeq: this.#head, reason: 'removed' }));
  }

  /** The text of a message is another: nothing that holds the old one leaves from now on, and the newest is read and told. */
  edit(seq: number, changeSeq: number): void {
    this.#forget(seq, changeSeq);
    this.#edits ??= new RoomEdits(this, this.#source);
    this.#edits.add(seq, changeSeq);
    this.pump();
  }

  /** A member has read so far. */
  read(accountId: string, seq: number): void {
    if (!this.members.noteRead(accountId, seq)) return;
    this.broadcast(encodeFrame({ type: 'read', roomId: this.roomId, accountId, seq }));
  }

  /** To every socket of the room here, but for those of one account: of the members of this moment. */
  broadcast(frame: Buffer, exceptAccountId?: string): void {
    if (!this.isCurrent) {
      this.#held ??= new Held();
      this.#held.add(() => this.broadcast(frame, exceptAccountId));
      return;
    }
    for (const subscription of this.subscriptions) {
      if (subscription.accountId !== exceptAccountId) subscription.send(frame);
    }
  }

  pump(): void {
    let lowest = Number.POSITIVE_INFINITY;
    for (const subscription of this.subscriptions) {
      subscription.pump();
      lowest = Math.min(lowest, subscription.cursor);
    }
    this.recent.dropUpTo(lowest);
    if (this.#edits?.isDone === true) this.#edits = null;
    else this.#edits?.tell();
  }

  /** For who lacks the message after `seq`: a moment in which it may come by itself. */
  async untilFilled(seq: number): Promise<void> {
    // Most often its write was answered in this same turn.
    await nextTurn();
    if (this.#hole?.open === true && seq >= this.#hole.after) await this.#hole.over;
  }

  /** The messages after a seq, a page at most. Those who are at the same place share one reading. */
  pageAfter(seq: number): Promise<LiveMessage[]> {
    this.#pages ??= new RoomPages(this, this.#source);
    const pages = this.#pages;
    return pages.after(seq, () => {
      if (pages.isIdle && this.#pages === pages) this.#pages = null;
    });
  }

  /** A reading found nothing after a seq; `news` is what had been told when it began. The database is the truth: what was heard of is not there. */
  onNothingAfter(seq: number, news: number): void {
    if (this.#news === news) this.#head = seq;
  }

  /** A reading found messages up to this one. */
  onRead({ seq, roomVersion }: MessageRow): void {
    this.#raiseHead(seq);
    this.need(roomVersion);
  }

  onReadFailed(error: unknown): void {
    this.#source.retryLater(this, error);
  }

  #lacks(seq: number): boolean {
    return this.#hole?.open === true && seq > this.#hole.after && this.recent.get(seq) === undefined;
  }

  #holeAfter(seq: number): Hole {
    return new Hole(seq, (act) => this.#source.afterPatience(act));
  }

  /** Patience begins anew with what came, for what is still missing. */
  #fill(hole: Hole): void {
    let { after } = hole;
    while (this.recent.get(after + 1) !== undefined) after += 1;
    if (after === hole.after) return;
    this.#hole = after < this.#head ? this.#holeAfter(after) : undefined;
    hole.close();
  }

  /** Changes missed before this one make it unknown which messages they were of. Older nodes do not say which change it was. */
  #forget(seq: number, changeSeq = Number.POSITIVE_INFINITY): void {
    const missed = changeSeq > this.#changes + 1;
    this.#changes = Math.max(this.#changes, changeSeq);
    if (missed) this.recent.clear();
    this.recent.delete(seq);
    this.#forgetReads();
  }

  #forgetAll(): void {
    this.recent.clear();
    this.#forgetReads();
  }

  #forgetReads(): void {
    this.#generation += 1;
    this.#pages = null;
  }

  #raiseHead(seq: number): void {
    this.#head = Math.max(this.#head, seq);
    this.#news += 1;
  }

  #become({ version, status, patientId, members }: RoomSnapshot): void {
    const announce = this.#version >= 0 && this.#status !== status;
    this.#version = version;
    this.#status = status;
    this.members.become(members);
    // The very string that is kept of the member: ids are a good part of what a room holds.
    this.#patientId = this.members.ids.find((id) => id === patientId) ?? patientId;
    for (const subscription of this.subscriptions) {
      if (!members.has(subscription.accountId)) subscription.leave();
    }
    if (announce) this.broadcast(encodeFrame({ type: 'room', roomId: this.roomId, status }));
    if (this.isCurrent) this.#held?.release();
  }
}

const noSubscriptions: readonly Subscription[] = [];
