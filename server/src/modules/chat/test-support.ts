import { type ClientFrame, type Message, type ServerFrame, subprotocol } from '@openward/contracts';
import { WebSocket } from 'ws';
import type { Person } from '../../../test/factories.ts';
import { eventually, type TestServer } from '../../../test/harness.ts';
import { withParts } from '../../../test/with-parts.ts';
import type { Ctx } from '../../context.ts';
import { type SocketLimits, socketLimits } from '../../limits.ts';
import { createHttpServer } from '../../platform/http/server.ts';
import { createChatGateway } from './socket/gateway.ts';

export type Pair = { roomId: string; patient: Person; doctor: Person };

/** A request that a doctor has accepted, and its room. */
export async function openRoom(server: TestServer, people: Partial<Omit<Pair, 'roomId'>> = {}): Promise<Pair> {
  const patient = people.patient ?? (await server.people.patient());
  const doctor = people.doctor ?? (await server.people.doctor());
  const roomId = await submitTo(patient, doctor);
  await acceptAs(doctor, roomId);
  return { roomId, patient, doctor };
}

/** A request that waits for one doctor. @returns its id, which the room will have. */
export async function submitTo(patient: Person, doctor: Person): Promise<string> {
  const { status, body } = await patient.api('POST', '/requests', {
    doctorId: doctor.id,
    complaint: 'A pain in the knee since Monday.',
    urgency: 'routine',
  });
  if (status !== 201) throw new Error(`The request was not taken: ${JSON.stringify(body)}`);
  return body.id;
}

/** Accepts, and waits for the room to be open with this doctor in it. */
export async function acceptAs(doctor: Person, requestId: string): Promise<void> {
  const { status, body } = await doctor.api('POST', `/requests/${requestId}/accept`);
  if (status !== 200) throw new Error(`The request was not accepted: ${JSON.stringify(body)}`);
  await eventually('the room is open', async () => {
    const room = await doctor.api('GET', `/rooms/${requestId}`);
    return room.status === 200 && room.body.status === 'open';
  });
}

export async function diagnose({ roomId, doctor }: Pair): Promise<void> {
  await doctor.api('POST', `/requests/${roomId}/diagnoses`, {
    title: 'Sprain',
    description: 'A sprained knee.',
    recommendations: 'Rest.',
  });
}

/** Diagnoses and closes, and waits for the room to be read-only. */
export async function closeRoom(pair: Pair): Promise<void> {
  const { roomId, doctor } = pair;
  await diagnose(pair);
  await doctor.api('POST', `/requests/${roomId}/close`);
  await eventually(
    'the room is closed',
    async () => (await doctor.api('GET', `/rooms/${roomId}`)).body.status === 'closed',
  );
}

/** Hands the request back, and waits until the doctor is out of the room. */
export async function release({ roomId, doctor }: Pair): Promise<void> {
  await doctor.api('POST', `/requests/${roomId}/release`, { reason: 'I am away from tomorrow on.' });
  await eventually('the doctor is out', async () => (await doctor.api('GET', `/rooms/${roomId}`)).status === 404);
}

/** All messages of a room over HTTP, oldest first. */
export async function historyOf(person: Person, roomId: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (;;) {
    const after = messages.at(-1)?.seq ?? 0;
    const { body } = await person.api('GET', `/rooms/${roomId}/messages?after=${after}&limit=100`);
    messages.push(...body.items);
    if (body.items.length < 100) return messages;
  }
}

export type Frame<T extends ServerFrame['type'] = ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

type Handshake = { bearer?: string; cookie?: string; origin?: string; ticket?: string; protocol?: string };

function connect(url: string, { bearer, cookie, origin, ticket, protocol = subprotocol }: Handshake): WebSocket {
  const target = new URL('/api/v1/chat/socket', url.replace('http', 'ws'));
  if (ticket !== undefined) target.searchParams.set('ticket', ticket);
  const headers = {
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    ...(cookie === undefined ? {} : { cookie }),
    ...(origin === undefined ? {} : { origin }),
  };
  return protocol === '' ? new WebSocket(target, { headers }) : new WebSocket(target, protocol, { headers });
}

/** What a handshake that is refused is answered with. */
export function refusalOf(
  url: string,
  handshake: Handshake,
): Promise<{ status: number; type: string; body: { code: string } }> {
  return new Promise((resolve, reject) => {
    const socket = connect(url, handshake);
    socket.once('error', reject);
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('The handshake was not refused.'));
    });
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body });
      });
    });
  });
}

/** A bare client that keeps every frame in its order: what it shows is what the server sent. */
export class TestSocket {
  readonly frames: ServerFrame[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #waiting = new Set<{ look(): void; giveUp(why: string): void }>();
  #closedAs: string | null = null;
  readonly #taken = new Set<ServerFrame>();

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)));
      for (const { look } of this.#waiting) look();
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        resolve({ code, reason: String(reason) });
        // Nothing comes any more: whoever waits hears at once why.
        this.#closedAs = `before the socket closed: ${code} ${reason}`;
        for (const { giveUp } of this.#waiting) giveUp(this.#closedAs);
      });
    });
  }

  /** Connects and waits for `ready`. */
  static async open(url: string, handshake: Handshake, { untilReady = true } = {}): Promise<TestSocket> {
    const socket = connect(url, handshake);
    const client = new TestSocket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    if (untilReady) await client.next('ready');
    return client;
  }

  static as(server: Pick<TestServer, 'url'>, person: Person): Promise<TestSocket> {
    return TestSocket.open(server.url, { bearer: person.accessToken });
  }

  send(frame: ClientFrame): void {
    this.socket.send(JSON.stringify(frame));
  }

  raw(data: string | Buffer): void {
    this.socket.send(data);
  }

  /** Sends a message and waits for its ack. */
  async say(roomId: string, text: string, clientId: string = crypto.randomUUID()): Promise<Frame<'ack'>> {
    this.send({ type: 'send', clientId, roomId, text });
    return this.next('ack', (ack) => ack.clientId === clientId);
  }

  /** The first frame of a type that nobody has taken yet; waits for it to come. */
  next<T extends ServerFrame['type']>(
    type: T,
    matches: (frame: Frame<T>) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<Frame<T>> {
    return this.#until(`a frame "${type}"`, timeoutMs, () => {
      const found = this.frames.find(
        (frame): frame is Frame<T> => frame.type === type && !this.#taken.has(frame) && matches(frame as Frame<T>),
      );
      if (found !== undefined) this.#taken.add(found);
      return found;
    });
  }

  /** The messages of a room as they came, once there are so many. */
  messages(roomId: string, count: number, timeoutMs = 15_000): Promise<Frame<'message'>[]> {
    return this.#until(`${count} messages`, timeoutMs, () => {
      const found = this.messagesSoFar(roomId);
      return found.length >= count ? found : undefined;
    });
  }

  messagesSoFar(roomId: string): Frame<'message'>[] {
    return this.frames.filter(
      (frame): frame is Frame<'message'> => frame.type === 'message' && frame.roomId === roomId,
    );
  }

  /** Everything that the server had to say before this has come by then: frames are handled in order. */
  async settled(): Promise<void> {
    const roomId = '00000000-0000-7000-8000-000000000000';
    const before = this.frames.length;
    this.send({ type: 'typing', roomId });
    await this.#until('an answer', 10_000, () => {
      const answer = this.frames
        .slice(before)
        .find((frame) => frame.type === 'error' && frame.code === 'not-found' && !this.#taken.has(frame));
      if (answer !== undefined) this.#taken.add(answer);
      return answer;
    });
  }

  /** Breaks the connection without a word, as a lost link does. */
  drop(): void {
    this.socket.terminate();
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #until<T>(what: string, timeoutMs: number, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
      };
      const look = () => {
        const found = find();
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const giveUp = (why: string) => {
        end();
        const seen = this.frames.map(({ type }) => type).slice(-30);
        reject(new Error(`${what} did not come ${why}; the last frames: ${seen.join(', ')}`));
      };
      const waiting = { look, giveUp };
      const timer = setTimeout(() => giveUp(`within ${timeoutMs} ms`), timeoutMs);
      this.#waiting.add(waiting);
      look();
      if (this.#closedAs !== null) giveUp(this.#closedAs);
    });
  }
}

/** One more chat node on the server's databases, with bounds of its own so that a test need not wait for the real ones. */
export async function addGateway(
  server: TestServer,
  limits: Partial<SocketLimits> = {},
  overrides: Partial<Ctx> = {},
): Promise<{ url: string; openSockets(): number; close(): Promise<void> }> {
  let open = 0;
  const metrics = { ...server.ctx.metrics, sockets: { set: (count: number) => (open = count) } };
  const ctx: Ctx = withParts(server.ctx, { metrics, ...overrides });
  const app = await createHttpServer(ctx);
  const gateway = createChatGateway(ctx, app, { ...socketLimits, ...limits });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    openSockets: () => open,
    close: async () => {
      await gateway.close();
      await app.close();
    },
  };
}

/** A bus that hears nothing of other nodes or of this one, and does not notice. */
export const deafBus: Pick<Ctx['bus'], 'subscribe' | 'onGap'> = { subscribe: () => () => {}, onGap: () => () => {} };
