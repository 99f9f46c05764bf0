import { basePath, type ClientFrame, closeCodes, type ServerFrame, subprotocol } from '@openward/contracts';
import { WebSocket } from 'ws';
import { sleep } from '../sleep.ts';
import { ChangeFollower } from './change-follower.ts';
import { HttpClient } from './http-client.ts';
import { Inbox } from './inbox.ts';
import type { Account, Pending, Place } from './place.ts';

const handshakeTimeoutMs = 3000;
/** Without an ack for so long the link counts as dead. */
const ackTimeoutMs = 6000;
const longestBackoffMs = 1000;

let connections = 0;

/**
 * A client as anybody would write it from the contract: it keeps what it sent until there is an ack, and the last seq that it has of each
 * room, and the last change; when the link breaks it goes to the next node, resumes from there, and sends again what has no ack. Nothing
 * more, so that whatever holds is the server's doing.
 */
export class SocketClient {
  readonly device: string;
  readonly account: Account;
  readonly inbox = new Inbox();
  readonly changes: ChangeFollower;
  readonly outbox = new Map<string, Pending & { sentAt: number }>();
  readonly #place: Place;
  readonly rooms: readonly string[];
  readonly #stopping = new AbortController();
  readonly #onAck: ((ack: { roomId: string; seq: number; clientId: string }) => void) | undefined;
  #node: number;
  #socket: WebSocket | null = null;
  #connection: string | null = null;
  #retryAfterMs: number | null = null;
  #broken = false;
  #running: Promise<void> | undefined;
  #turnedAway = false;

  constructor(
    device: string,
    account: Account,
    place: Place,
    options: {
      rooms: readonly string[];
      node: number;
      onAck?: (ack: { roomId: string; seq: number; clientId: string }) => void;
    },
  ) {
    this.device = device;
    this.account = account;
    this.#place = place;
    this.rooms = options.rooms;
    this.#node = options.node;
    this.#onAck = options.onAck;
    this.changes = new ChangeFollower(new HttpClient(device, account, place), this.#stopping.signal);
    place.history.record({ kind: 'device', device, accountId: account.accountId, rooms: [...options.rooms] });
  }

  get isLive(): boolean {
    return this.#connection !== null;
  }

  /** The server has said that this session is over: there is no coming back. */
  get turnedAway(): boolean {
    return this.#turnedAway;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Goes out at once when there is a link, else when there is one again. */
  send(message: Pending): void {
    this.outbox.set(message.clientId, { ...message, sentAt: performance.now() });
    this.#transmit(message);
  }

  frame(frame: ClientFrame): void {
    if (this.#connection !== null) this.#socket?.send(JSON.stringify(frame));
  }

  /** Breaks the link without a word, as a lost network does; it comes back by itself, at another node. */
  drop(): void {
    this.#broken = true;
    this.#socket?.terminate();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.drop();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { random } = this.#place;
    let failures = 0;
    while (!this.#stopping.signal.aborted && !this.#turnedAway) {
      const wasReady = await this.#connectOnce();
      failures = wasReady ? 0 : failures + 1;
      this.#node = (this.#node + 1) % this.#place.nodes.length;
      const backoffMs = Math.min(50 * 2 ** failures, longestBackoffMs);
      await sleep(this.#retryAfterMs ?? random.between(backoffMs / 2, backoffMs), this.#stopping.signal);
      this.#retryAfterMs = null;
    }
  }

  /** One connection, from the handshake to its end. @returns whether it got as far as `ready`. */
  #connectOnce(): Promise<boolean> {
    const node = this.#place.nodes[this.#node];
    if (node === undefined) throw new Error(`There is no node ${this.#node}.`);
    connections += 1;
    const connection = `${this.device}#${connections}`;
    const socket = new WebSocket(`${node.url.replace('http', 'ws')}${basePath}/chat/socket`, subprotocol, {
      headers: { authorization: `Bearer ${this.account.token}` },
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#socket = socket;
    this.#broken = false;
    const { history } = this.#place;
    let wasReady = false;
    socket.on('message', (data) => {
      const frame: ServerFrame = JSON.parse(String(data));
      history.record({ kind: 'frame', connection, frame });
      wasReady ||= frame.type === 'ready';
      this.#receive(frame, connection);
    });
    socket.once('open', () => {
      const { accountId } = this.account;
      history.record({ kind: 'open', connection, device: this.device, accountId, node: node.name });
    });
    const watch = setInterval(() => this.#breakDeadLink(), 500);
    return new Promise((resolve) => {
      // A refused handshake: 401 and 403 say that the session is over.
      socket.once('unexpected-response', (_request, response) => {
        this.#turnedAway ||= response.statusCode === 401 || response.statusCode === 403;
        response.resume();
        socket.terminate();
      });
      socket.on('error', () => {});
      socket.once('close', (code) => {
        clearInterval(watch);
        this.#connection = null;
        this.#turnedAway ||= code === closeCodes.sessionEnded;
        history.record({ kind: 'close', connection, code, ...(this.#broken ? { own: true } : {}) });
        resolve(wasReady);
      });
    });
  }

  #receive(frame: ServerFrame, connection: string): void {
    switch (frame.type) {
      case 'ready':
        this.#connection = connection;
        this.#resume(this.rooms);
        for (const { roomId, changeSeq = 0 } of frame.rooms) this.#hearOf(roomId, changeSeq);
        for (const message of this.outbox.values()) this.send(message);
        break;
      case 'message':
        this.inbox.add(frame.roomId, frame.seq);
        break;
      case 'ack':
        this.outbox.delete(frame.clientId);
        this.inbox.add(frame.roomId, frame.seq);
        this.#onAck?.(frame);
        break;
      case 'edited':
      case 'retracted':
        if (frame.changeSeq !== undefined && this.rooms.includes(frame.roomId))
          this.changes.live(frame.roomId, frame.changeSeq);
        break;
      case 'position':
        this.#hearOf(frame.roomId, frame.changeSeq ?? 0);
        break;
      case 'error':
        this.#onError(frame);
        break;
      case 'room':
        // One that was joined just now, or opened again: from where this client has it.
        if (frame.status === 'open' && this.rooms.includes(frame.roomId)) this.#resume([frame.roomId]);
        break;
      case 'closing':
        this.#retryAfterMs = frame.retryAfterMs;
        break;
      default:
    }
  }

  #resume(rooms: readonly string[]): void {
    this.frame({ type: 'resume', rooms: rooms.map((roomId) => ({ roomId, afterSeq: this.inbox.cursor(roomId) })) });
  }

  /** Rooms of other rounds, in which the same people are, are left alone. */
  #hearOf(roomId: string, changeSeq: number): void {
    if (this.rooms.includes(roomId)) this.changes.told(roomId, changeSeq);
  }

  /** What may work later is tried again; what was refused for good is not. */
  #onError({ code, clientId, retryAfterMs }: Extract<ServerFrame, { type: 'error' }>): void {
    const message = clientId === undefined ? undefined : this.outbox.get(clientId);
    if (message === undefined) {
      // Not of a send: then of the resume, which says where everything goes on from.
      if (code === 'unavailable') this.drop();
      return;
    }
    if (code !== 'unavailable' && code !== 'rate-limited') {
      this.outbox.delete(message.clientId);
      return;
    }
    const waitMs = Math.min(retryAfterMs ?? 200, 500) + this.#place.random.between(0, 100);
    void sleep(waitMs, this.#stopping.signal).then(() => {
      if (this.outbox.has(message.clientId)) this.send(message);
    });
  }

  #transmit({ roomId, clientId, text }: Pending): void {
    if (this.#connection === null) return;
    const { accountId } = this.account;
    const { device } = this;
    const connection = this.#connection;
    this.#place.history.record({ kind: 'send', device, accountId, connection, roomId, clientId, text });
    this.frame({ type: 'send', clientId, roomId, text });
  }

  #breakDeadLink(): void {
    if (this.#connection === null) return;
    const oldest = Math.min(...[...this.outbox.values()].map(({ sentAt }) => sentAt));
    if (performance.now() - oldest > ackTimeoutMs) this.drop();
  }
}
