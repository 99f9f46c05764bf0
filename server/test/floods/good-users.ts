import { Agent, request } from 'node:http';
import { subprotocol } from '@openward/contracts';
import { WebSocket } from 'ws';

/** What one kind of call came to. */
export type Tally = { kind: string; times: number[]; sentAway: number; failed: number };

export type Session = { token: string; roomId: string };

const timeoutMs = 10_000;

/**
 * People who use the product as always, from addresses of their own. Each asks by the clock, whether or not the last answer is there,
 * so that a server that stands still is asked as often as one that does not.
 */
export class GoodUsers {
  readonly #url: URL;
  readonly #sessions: readonly Session[];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #agents: Agent[] = [];
  readonly #sockets: WebSocket[] = [];
  #tallies = new Map<string, Tally>();

  constructor(url: string, sessions: readonly Session[]) {
    this.#url = new URL(url);
    this.#sessions = sessions;
  }

  async start(): Promise<void> {
    let address = 10;
    const next = () => `127.0.0.${address++}`;
    for (const { token, roomId } of this.#sessions) {
      this.#callBy('an open consultation', `/api/v1/rooms/${roomId}/messages?after=0&limit=10`, token, next());
      this.#callBy('own profile', '/api/v1/me', token, next());
      this.#callBy('own list', '/api/v1/requests?limit=5', token, next());
      this.#callBy('own profile, a new connection each', '/api/v1/me', token, next(), { fresh: true });
      await this.#chat(roomId, token, next());
    }
    this.#callBy('health', '/health/live', null, next(), { fresh: true });
  }

  /** What was seen since this was asked last. */
  take(): Tally[] {
    const tallies = [...this.#tallies.values()];
    this.#tallies = new Map();
    return tallies;
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const agent of this.#agents) agent.destroy();
    for (const socket of this.#sockets) socket.terminate();
  }

  #tally(kind: string): Tally {
    const tally = this.#tallies.get(kind) ?? { kind, times: [], sentAway: 0, failed: 0 };
    this.#tallies.set(kind, tally);
    return tally;
  }

  #every(everyMs: number, act: () => void): void {
    setTimeout(() => this.#timers.push(setInterval(act, everyMs)), Math.random() * everyMs);
  }

  #callBy(kind: string, path: string, token: string | null, from: string, { fresh = false } = {}): void {
    const agent = fresh ? undefined : new Agent({ keepAlive: true, maxSockets: 6 });
    if (agent !== undefined) this.#agents.push(agent);
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const options = {
      host: this.#url.hostname,
      port: this.#url.port,
      path,
      headers,
      localAddress: from,
      timeout: timeoutMs,
    };
    this.#every(100, () => {
      const beganAtMs = performance.now();
      const tally = this.#tally(kind);
      const call = request({ ...options, agent: agent ?? false }, (answer) => {
        answer.resume();
        answer.once('end', () => {
          tally.times.push(performance.now() - beganAtMs);
          if (answer.statusCode === 503) tally.sentAway += 1;
          else if (answer.statusCode !== 200) tally.failed += 1;
        });
      });
      call.on('timeout', () => call.destroy());
      call.on('error', () => {
        tally.times.push(performance.now() - beganAtMs);
        tally.failed += 1;
      });
      call.end();
    });
  }

  async #chat(roomId: string, token: string, from: string): Promise<void> {
    const kind = 'a message until its ack';
    const waiting = new Map<string, { atMs: number; tally: Tally }>();
    const socket = new WebSocket(`ws://${this.#url.host}/api/v1/chat/socket`, subprotocol, {
      headers: { authorization: `Bearer ${token}` },
      localAddress: from,
    });
    this.#sockets.push(socket);
    const settle = (clientId: string, good: boolean) => {
      const sent = waiting.get(clientId);
      if (sent === undefined) return;
      waiting.delete(clientId);
      sent.tally.times.push(performance.now() - sent.atMs);
      if (!good) sent.tally.failed += 1;
    };
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data));
        if (frame.type === 'ready') resolve();
        if (frame.type === 'ack') settle(frame.clientId, true);
        if (frame.type === 'error' && frame.clientId !== undefined) settle(frame.clientId, false);
      });
    });
    socket.on('error', () => {});
    this.#every(200, () => {
      const clientId = crypto.randomUUID();
      waiting.set(clientId, { atMs: performance.now(), tally: this.#tally(kind) });
      if (socket.readyState === WebSocket.OPEN)
        socket.send(JSON.stringify({ type: 'send', clientId, roomId, text: 'How did you sleep?' }));
      for (const [id, { atMs }] of waiting) if (performance.now() - atMs > timeoutMs) settle(id, false);
    });
  }
}
