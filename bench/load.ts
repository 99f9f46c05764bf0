import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openWire, type Wire } from './wire.ts';

/** One member of one room, connected. `acked` and `got` count what came since the last reset. */
export type Client = {
  wire: Wire;
  frames: Frames;
  roomId: string;
  sentAtMs: number;
  onAck: (latencyMs: number) => void;
};

export type Seat = {
  roomId: string;
  url: string;
  headers?: Record<string, string>;
  protocol?: string;
  /** Default: the product's, which the peers by hand share. */
  frames?: Frames;
};

/** How frames look. */
export type Frames = {
  /** Said first; then, what is said to each frame that begins so, in this order: after the last it is ready. */
  hello?: string;
  steps?: readonly (readonly [begins: string, answer: string])[];
  /** Sees each frame: the answer to one that asks for one. */
  answerTo?(frame: Buffer): string | undefined;
  /** Where the letter stands that tells what one is: a(ck), m(essage), r(eady), e(rror). */
  kindAt: number;
  /** Whether a server says that it is ready; of the others it is enough that they are open. */
  saysReady: boolean;
  /** A message → its frames. */
  send(message: Sending): readonly string[];
};

type Sending = { clientId: string; roomId: string; text: string };

/** `{"type":"ack",…}` */
const plainFrames: Frames = {
  kindAt: 9,
  saysReady: false,
  send: (message) => [`{"type":"send",${membersOf(message)}}`],
};

/** Engine.IO 4 and Socket.IO 5: `42["ack",{…}]`, and a 3 for each 2. */
export const socketIoFrames: Frames = {
  hello: '40',
  answerTo: (frame) => (frame.length === 1 && frame[0] === 0x32 ? '3' : undefined),
  kindAt: 4,
  saysReady: true,
  send: (message) => [`42["send",{${membersOf(message)}}]`],
};

function membersOf({ clientId, roomId, text }: Sending): string {
  return `"clientId":"${clientId}","roomId":"${roomId}","text":"${text}"`;
}

export type Counters = { acks: number; errors: number; deliveries: number; latenciesMs: number[] };

export const counters: Counters = { acks: 0, errors: 0, deliveries: 0, latenciesMs: [] };

/** What everybody says, always: a message of ordinary length. */
export const text = 'Since this morning the knee is swollen, and it hurts when I walk. What should I do?';

/** Opens a socket for each seat, so many at a time. Resolves when each could speak. */
export async function connectAll(seats: readonly Seat[], atOnce = 50): Promise<Client[]> {
  const clients: Client[] = [];
  const waiting = seats.entries();
  const oneAfterTheOther = async () => {
    for (const [at, seat] of waiting) clients[at] = await connect(seat);
  };
  await Promise.all(Array.from({ length: atOnce }, oneAfterTheOther));
  return clients;
}

async function connect({ roomId, url, headers = {}, protocol, frames = plainFrames }: Seat): Promise<Client> {
  const ready = Promise.withResolvers<void>();
  let onAck: Client['onAck'] = () => {};
  const { hello, answerTo } = frames;
  const steps = [...(frames.steps ?? [])];
  const onText = (frame: Buffer) => {
    const [step] = steps;
    if (step !== undefined) {
      if (!frame.subarray(0, step[0].length).equals(Buffer.from(step[0]))) return;
      steps.shift();
      wire.send(step[1]);
      if (steps.length === 0) ready.resolve();
      return;
    }
    const kind = frame[frames.kindAt];
    const answer = answerTo?.(frame);
    if (answer !== undefined) return wire.send(answer);
    if (kind === 0x6d) counters.deliveries += 1;
    else if (kind === 0x61) {
      counters.acks += 1;
      onAck(performance.now() - client.sentAtMs);
    } else if (kind === 0x72) ready.resolve();
    else if (kind === 0x65) {
      counters.errors += 1;
      if (counters.errors === 1) process.stderr.write(`refused: ${String(frame)}\n`);
      // As a client does: later.
      setTimeout(() => send(client), 1000).unref();
    }
  };
  ready.promise.catch(() => {});
  const onEnd = () => ready.reject(new Error(`${url} closed a connection before it was ready.`));
  const wire = await openWire(url, { headers, protocol, onText, onEnd });
  const client: Client = {
    wire,
    frames,
    roomId,
    sentAtMs: 0,
    get onAck() {
      return onAck;
    },
    set onAck(handler) {
      onAck = handler;
    },
  };
  if (hello !== undefined) wire.send(hello);
  if (protocol !== undefined || frames.saysReady) await ready.promise;
  return client;
}

const run = randomBytes(6).toString('hex');
let sent = 0;

function send(client: Client): void {
  client.sentAtMs = performance.now();
  sent += 1;
  const { wire, frames, roomId } = client;
  for (const frame of frames.send({ clientId: `${run}-${sent}`, roomId, text })) wire.send(frame);
}

/** So many messages are under way at every moment, one for each client at most: whoever has an ack sends the next. */
export async function closedLoop(clients: Client[], outstanding: number, warmUpMs: number, measureMs: number) {
  let going = true;
  const active = clients.slice(0, outstanding);
  for (const client of active) {
    client.onAck = (latencyMs) => {
      counters.latenciesMs.push(latencyMs);
      if (going) send(client);
    };
    send(client);
  }
  const result = await measure(warmUpMs, measureMs);
  going = false;
  await sleep(300);
  return result;
}

/** So many messages a second, whatever comes back. Clients take turns. */
export async function openLoop(clients: Client[], perSecond: number, warmUpMs: number, measureMs: number) {
  for (const client of clients) client.onAck = (latencyMs) => void counters.latenciesMs.push(latencyMs);
  const step = stepThrough(clients.length);
  let next = 0;
  const startedAtMs = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAtMs) / 1000) * perSecond;
    for (; next < due; next += 1) {
      const client = clients[(next * step) % clients.length];
      if (client !== undefined) send(client);
    }
  }, 1);
  const result = await measure(warmUpMs, measureMs);
  clearInterval(timer);
  await sleep(300);
  return result;
}

/**
 * How far the next sender is from the last: nearly half way round, and coprime to the circle, so that all have their turn and those of one room are
 * half of all turns apart. Two people in a consultation do not write in the same millisecond.
 */
function stepThrough(count: number): number {
  let step = Math.max(1, Math.floor(count / 2) - 1);
  while (commonDivisor(step, count) > 1) step -= 1;
  return step;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

async function measure(warmUpMs: number, measureMs: number) {
  await sleep(warmUpMs);
  counters.acks = 0;
  counters.errors = 0;
  counters.deliveries = 0;
  counters.latenciesMs = [];
  const startedAtMs = performance.now();
  const onStart = hooks.start();
  const loadBefore = process.cpuUsage();
  await sleep(measureMs);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const cpuS = hooks.end(onStart);
  const load = process.cpuUsage(loadBefore);
  const sorted = counters.latenciesMs.toSorted((a, b) => a - b);
  return {
    messagesPerS: counters.acks / seconds,
    errors: counters.errors,
    deliveriesPerS: counters.deliveries / seconds,
    p50Ms: sorted[Math.floor(sorted.length / 2)] ?? 0,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    serverMsPerMessage: (cpuS.server * 1000) / Math.max(1, counters.acks),
    /** Of the CPU that the load shares with PostgreSQL. Near 1 together, and it is they that are measured. */
    loadCpu: (load.user + load.system) / 1_000_000 / seconds,
    postgresMsPerMessage: (cpuS.postgres * 1000) / Math.max(1, counters.acks),
  };
}

export type Measured = Awaited<ReturnType<typeof measure>>;
/** In seconds. */
export type Cpu = { server: number; postgres: number };

/** What reads the CPU seconds of the server under test; set by the run. */
export const hooks: { start(): Cpu; end(before: Cpu): Cpu } = {
  start: () => ({ server: 0, postgres: 0 }),
  end: () => ({ server: 0, postgres: 0 }),
};
