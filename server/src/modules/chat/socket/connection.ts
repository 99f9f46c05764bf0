import { closeCodes, type FrameErrorCode, type ServerFrame } from '@openward/contracts';
import { toProblem } from '#platform/http/server.ts';
import { newId } from '#platform/id.ts';
import { FrameQueue, type FrameQueueOwner } from '#platform/socket/frame-queue.ts';
import type { SocketHandlers, SocketLink } from '#platform/socket/socket-link.ts';
import { type Actor, type Ctx, idsOf, type Origin } from '#server/context.ts';
import type { SocketLimits } from '#server/limits.ts';
import type { RoomSnapshot } from '../find-rooms.ts';
import type { Connections } from './connections.ts';
import { type ErrorMembers, errorFrame, errorFrameOf } from './error-frame.ts';
import type { Feeds } from './feeds.ts';
import { FrameOrigin } from './frame-origin.ts';
import { clientIdOf, encodeFrame, type ParsedFrame, parseFrame, typeOf } from './frames.ts';
import { handleFrame } from './handle-frame.ts';
import { JoinedRooms } from './joined-rooms.ts';
import type { LiveMessage } from './live-message.ts';
import type { PresenceKeeper } from './presence-keeper.ts';
import type { Receiver } from './subscription.ts';

/** Who is at the other end of a socket, and until when the token speaks for them. `continued`: a trace came with the upgrade. */
export type Caller = { actor: Actor; origin: Origin; continued: boolean; expiresAt: Date };

/** What the connections of a node share. */
export type ChatNode = {
  ctx: Ctx;
  feeds: Feeds;
  connections: Connections;
  limits: SocketLimits;
  presence: PresenceKeeper;
};

/**
 * A socket's life: `loading` until `ready` has gone out, `waiting` for the client's first frame, which may say from where to
 * resume, then `live`.
 */
type Phase = 'loading' | 'waiting' | 'live' | 'closed';

export class Connection implements Receiver, SocketHandlers, FrameQueueOwner<ParsedFrame> {
  /** That of the call which opened it. */
  readonly id: string;
  readonly node: ChatNode;
  readonly rooms: JoinedRooms;
  readonly #link: SocketLink;
  /** Made with a frame, and kept while more come. */
  #queue: FrameQueue<ParsedFrame> | null = null;
  readonly #openedAtMs = Math.round(performance.now());
  #actor: Actor;
  /** Whole seconds, as tokens have them. */
  #expiresAtS: number;
  #phase: Phase = 'loading';
  #firstFrameTimer: NodeJS.Timeout | undefined;
  #writing: { roomId: string; clientId: string } | null = null;
  #typedAtMs: Map<string, number> | undefined;
  readonly #frames: FrameOrigin;
  #ctx: Ctx | undefined;

  constructor(node: ChatNode, link: SocketLink, { actor, origin, continued, expiresAt }: Caller) {
    this.id = origin.requestId ?? newId();
    this.node = node;
    this.#link = link;
    this.#actor = actor;
    this.#frames = new FrameOrigin(node.ctx, origin, continued);
    this.#expiresAtS = Math.floor(expiresAt.getTime() / 1000);
    this.rooms = new JoinedRooms(node, this, actor.role !== 'admin' && actor.approved);
  }

  get accountId(): string {
    return this.#actor.accountId;
  }

  get isDoctor(): boolean {
    return this.#actor.role === 'doctor';
  }

  get sessionId(): string {
    return this.#actor.sessionId;
  }

  /** As it was when the socket was opened. */
  get approved(): boolean {
    return this.#actor.approved;
  }

  get expiresAtMs(): number {
    return this.#expiresAtS * 1000;
  }

  get full(): boolean {
    return this.#link.full || this.node.connections.isDoubted(this);
  }

  /** The ctx of its frames: made when needed, and kept while they come. */
  ctx(): Ctx {
    this.#ctx ??= this.node.ctx.as(this.#actor, this.#frames);
    return this.#ctx;
  }

  /** Lets go of what only a socket that speaks needs: an idle one is to cost little. */
  rest(): void {
    this.#ctx = undefined;
    if (this.#queue?.isIdle) this.#queue = null;
  }

  /** Loads the rooms and says `ready`, the first frame of all. */
  async open(origin: Origin): Promise<void> {
    const ids = { ...idsOf(origin), connectionId: this.id, accountId: this.accountId };
    this.node.ctx.log.info(ids, 'socket opened');
    try {
      const rooms = await this.rooms.load();
      if (rooms === null || this.#phase !== 'loading') return;
      this.#phase = 'waiting';
      const { heartbeatMs, firstFrameMs } = this.node.limits;
      this.say({ type: 'ready', connectionId: this.id, accountId: this.accountId, rooms, heartbeatMs });
      this.#firstFrameTimer = setTimeout(() => this.#goLive(), firstFrameMs);
    } catch (error) {
      this.node.ctx.log.warn({ connectionId: this.id, err: error }, 'a socket could not load its rooms');
      return this.#goAway('unavailable');
    }
    this.rooms.opened();
    this.#queue?.start();
  }

  send(frame: Buffer): void {
    if (this.#phase === 'loading') return;
    this.#link.send(frame);
    this.node.ctx.metrics.frames.sent(typeOf(frame));
  }

  say(frame: ServerFrame): void {
    this.send(encodeFrame(frame));
  }

  /** For who waits for it: does not wait for what else this turn has to say. */
  sayAtOnce(frame: ServerFrame): void {
    this.say(frame);
    this.#link.hurry();
  }

  sayError(code: FrameErrorCode, detail: string, more: ErrorMembers = {}): void {
    this.say(errorFrame(code, detail, more));
  }

  /** While `write` runs, its message waits at this connection's cursor: the ack stands for it, an error does not. */
  async whileWriting<T>(roomId: string, clientId: string, write: () => Promise<T>): Promise<T> {
    this.#writing = { roomId, clientId };
    try {
      return await write();
    } finally {
      this.#writing = null;
      this.rooms.get(roomId)?.release();
    }
  }

  isWriting({ message }: LiveMessage): boolean {
    const { roomId, clientId, senderId } = message;
    if (this.#writing === null || senderId !== this.accountId) return false;
    return roomId === this.#writing.roomId && clientId === this.#writing.clientId;
  }

  /** Whether typing in a room is worth telling again. */
  mayTellTyping(roomId: string): boolean {
    const nowMs = performance.now();
    this.#typedAtMs ??= new Map();
    const lastMs = this.#typedAtMs.get(roomId) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - lastMs < this.node.limits.typingEveryMs) return false;
    this.#typedAtMs.set(roomId, nowMs);
    return true;
  }

  /** Another token of the same account speaks for this socket from now on. */
  renew({ sessionId }: Actor, expiresAt: Date): void {
    this.#actor = { ...this.#actor, sessionId };
    this.#expiresAtS = Math.floor(expiresAt.getTime() / 1000);
    this.rest();
  }

  endSession(): void {
    this.#link.close(closeCodes.sessionEnded, 'session ended');
  }

  expire(): void {
    this.#link.close(closeCodes.tokenExpired, 'token ran out');
  }

  /** What the account may do has changed: it is to come back, and gets its rooms anew. */
  startOver(): void {
    this.#goAway('account-changed');
  }

  onInvited(snapshot: RoomSnapshot): void {
    this.rooms.onInvited(snapshot);
  }

  onLeft(roomId: string): void {
    this.rooms.onLeft(roomId);
  }

  onFrame(data: Buffer, binary: boolean): void {
    const waitMs = this.node.ctx.guard.frameWaitMs(this.node.ctx, this.accountId);
    if (waitMs > 0) {
      this.#refuseFrame(data, waitMs);
      return;
    }
    const verdict = this.node.connections.gateOf(this.accountId)?.take(performance.now());
    if (verdict?.pass === false) {
      if (verdict.flooding) this.#link.close(closeCodes.flooding, 'too many frames of this account');
      else this.onRefused(data, verdict.retryAfterMs);
      return;
    }
    const parsed = parseFrame(data, binary);
    if (!parsed.ok && !parsed.readable) this.#link.countBadFrame();
    this.node.ctx.metrics.frames.received(parsed.ok ? parsed.frame.type : 'invalid');
    this.#queue ??= this.#openQueue();
    this.#queue.push(parsed, data.length);
  }

  onRefused(data: Buffer, retryAfterMs: number): void {
    this.node.ctx.guard.note(this.ctx(), { kind: 'frame-refused', route: '/chat/socket' });
    this.#refuseFrame(data, retryAfterMs);
  }

  #openQueue(): FrameQueue<ParsedFrame> {
    const queue = new FrameQueue<ParsedFrame>(this, this.node.limits);
    if (this.#phase !== 'loading') queue.start();
    return queue;
  }

  #refuseFrame(data: Buffer, retryAfterMs: number): void {
    this.node.ctx.metrics.frames.received('refused');
    this.sayError('rate-limited', 'Too many frames.', { clientId: clientIdOf(data), retryAfterMs });
  }

  onDrain(): void {
    this.rooms.pump();
  }

  onClosed(): void {
    const durationMs = Math.round(performance.now() - this.#openedAtMs);
    this.node.ctx.log.info({ connectionId: this.id, accountId: this.accountId, durationMs }, 'socket closed');
    this.#phase = 'closed';
    clearTimeout(this.#firstFrameTimer);
    void this.#queue?.stop();
    this.rooms.close();
    this.node.connections.remove(this);
    this.node.presence.closed(this.accountId);
  }

  async onShutdown(): Promise<void> {
    await this.#queue?.stop();
    this.#goAway('restart');
  }

  onQueueFull(): void {
    this.#link.pause();
  }

  onQueueRoom(): void {
    this.#link.resume();
  }

  async handleFrame(parsed: ParsedFrame): Promise<void> {
    clearTimeout(this.#firstFrameTimer);
    // Whoever resumes does so in the first frame: the rooms that it names start there, the others after it.
    if (!parsed.ok || parsed.frame.type !== 'resume') this.#goLive();
    if (parsed.ok) {
      const { frame } = parsed;
      try {
        await this.#frames.handle(this.node.ctx, frame.type, () => handleFrame(this, frame));
      } catch (error) {
        this.#refuse(error, frame.type === 'send' ? frame.clientId : undefined);
      }
    } else {
      this.sayError('invalid-frame', parsed.detail, { clientId: parsed.clientId });
    }
    this.#goLive();
  }

  #refuse(error: unknown, clientId: string | undefined): void {
    const problem = toProblem(error);
    if (problem.code === 'internal-error') {
      this.ctx().log.error({ connectionId: this.id, err: error }, 'a frame failed');
    }
    this.say(errorFrameOf(problem, clientId));
  }

  #goLive(): void {
    if (this.#phase !== 'waiting') return;
    this.#phase = 'live';
    this.#firstFrameTimer = undefined;
    this.rooms.goLive();
  }

  #goAway(reason: 'restart' | 'unavailable' | 'account-changed'): void {
    // Spread, so that those who were sent away together do not come back together.
    const retryAfterMs = reason === 'account-changed' ? 0 : 250 + Math.floor(Math.random() * 2250);
    this.node.ctx.metrics.frames.sent('closing');
    this.#link.close(closeCodes.restart, reason, encodeFrame({ type: 'closing', reason, retryAfterMs }));
  }
}
