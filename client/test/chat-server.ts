import type { ClientFrame, Message, ServerFrame } from '@openward/contracts';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Answer, type SeenCall, startApiServer } from './api-server.ts';

export const me = '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d01';
export const other = '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d02';
export const room = '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11';
export const heartbeatMs = 20_000;

type RoomAtReady = Extract<ServerFrame, { type: 'ready' }>['rooms'][number];

/** A first-in, first-out of things that come when they come. */
class Queue<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  push(item: T): void {
    const taker = this.#waiting.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  }

  async shift(): Promise<T> {
    const item = this.#items.shift();
    return item ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  get size(): number {
    return this.#items.length;
  }
}

/** The server's end of one connection, played by the test. */
export class Peer {
  readonly url: string;
  readonly closed = Promise.withResolvers<number>();
  readonly #socket: WebSocket;
  readonly #frames = new Queue<ClientFrame>();

  constructor(socket: WebSocket, url: string) {
    this.#socket = socket;
    this.url = url;
    socket.on('message', (data) => this.#frames.push(JSON.parse(String(data)) as ClientFrame));
    socket.on('close', (code) => this.closed.resolve(code));
  }

  say(frame: ServerFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  ready(...rooms: RoomAtReady[]): void {
    this.say({ type: 'ready', connectionId: me, accountId: me, rooms, heartbeatMs });
  }

  message(seq: number, more: Partial<Message> = {}): void {
    this.say({ type: 'message', ...messageOf(seq), ...more });
  }

  ack(clientId: string, seq: number, duplicate = false): void {
    this.say({
      type: 'ack',
      clientId,
      roomId: room,
      seq,
      id: `m${seq}`,
      sentAt: '2030-01-01T00:00:00.000Z',
      duplicate,
    });
  }

  /** The next frame that the client sends; the test fails when it is of another type. */
  async hear<T extends ClientFrame['type']>(type: T): Promise<Extract<ClientFrame, { type: T }>> {
    const frame = await this.hearAny();
    if (frame.type !== type) throw new Error(`Expected ${type}, heard ${JSON.stringify(frame)}`);
    return frame as Extract<ClientFrame, { type: T }>;
  }

  hearAny(): Promise<ClientFrame> {
    return this.#frames.shift();
  }

  get unheard(): number {
    return this.#frames.size;
  }

  /** All that the client has sent by now has arrived once this resolves. */
  async settle(): Promise<void> {
    await new Promise((resolve) => this.#socket.once('pong', resolve).ping());
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  cut(): void {
    this.#socket.terminate();
  }
}

export function messageOf(seq: number): Message {
  return {
    roomId: room,
    seq,
    id: `m${seq}`,
    clientId: `c${seq}`,
    senderId: other,
    text: `Text ${seq}`,
    sentAt: '2030-01-01T00:00:00.000Z',
    retractedAt: null,
  };
}

/** An API that hands out tickets, and a socket whose connections the test takes one by one with `accept`. */
export async function startChatServer(overrides: (call: SeenCall) => Answer | undefined = () => undefined) {
  let tickets = 0;
  const api = await startApiServer((call) => {
    const said = overrides(call);
    if (said !== undefined) return said;
    return call.line === 'POST /api/v1/chat/tickets'
      ? { status: 201, body: { ticket: `t${++tickets}`, expiresInS: 30 } }
      : { status: 404 };
  });
  const peers = new Queue<Peer>();
  const sockets = new WebSocketServer({ server: api.server, path: '/api/v1/chat/socket' });
  sockets.on('connection', (socket, request) => peers.push(new Peer(socket, request.url ?? '')));
  return {
    ...api,
    accept: () => peers.shift(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await api[Symbol.asyncDispose]();
    },
  };
}
