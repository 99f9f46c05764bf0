import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a connection asks for, again and again. */
export type Ask = { method?: string; path: string; headers?: Record<string, string>; body?: object };

type Connection = { ask(): void; end(): void };

/**
 * As little of an HTTP client as a load needs, since it shares a CPU with PostgreSQL: so many connections that each ask the same thing
 * again as soon as the answer is there, the asks dealt out in turn. Answers have a Content-Length.
 */
export class HttpLoad {
  readonly #url: string;
  readonly #asks: readonly Ask[];
  readonly #awake: boolean;
  /** From the question to its whole answer, since the warm-up. */
  #latenciesMs: number[] = [];
  #firstAtMs = 0;
  #lastAtMs = 0;

  /** @param awake see `run`. */
  constructor(url: string, asks: readonly Ask[], awake = false) {
    this.#url = url.replace('ws:', 'http:');
    this.#asks = asks;
    this.#awake = awake;
  }

  get answers(): number {
    return this.#latenciesMs.length;
  }

  /** Of answers that take long only this is exact: from the first to the last. */
  get perS(): number {
    return (this.answers - 1) / ((this.#lastAtMs - this.#firstAtMs) / 1000);
  }

  latencyMs(share: number): number {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length * share)] ?? 0;
  }

  /** What came until now was the warm-up. */
  forget(): void {
    this.#latenciesMs = [];
  }

  /**
   * Awake, the load looks for answers all the time instead of sleeping until one is there: on a virtual machine it costs the server as much to wake
   * another core as to write an answer, and only a server that keeps that core busy has not to. Not where a database is to have the core.
   * @throws Error at the first answer that is no 200.
   */
  async run(
    connections: number,
    forMs: number,
    during: { begin(): void; end(): void },
    warmUpMs: number,
  ): Promise<void> {
    let going = true;
    const failed = Promise.withResolvers<never>();
    const open = this.#dealt(connections).map((ask) => {
      let askedAtMs = 0;
      const again = () => {
        askedAtMs = performance.now();
        connection.ask();
      };
      const connection = openConnection(this.#url, ask, {
        onOpen: again,
        onAnswer: () => {
          this.#note(askedAtMs);
          if (going) again();
        },
        onError: (error) => going && failed.reject(error),
      });
      return connection;
    });
    const look = () => void (going && setImmediate(look));
    if (this.#awake) look();
    await Promise.race([sleep(warmUpMs), failed.promise]);
    this.forget();
    during.begin();
    await Promise.race([sleep(forMs), failed.promise]);
    during.end();
    going = false;
    for (const connection of open) connection.end();
  }

  /** Asks and counts nothing: so that code is compiled, as in a server in use. */
  async use(connections: number, forMs: number): Promise<void> {
    await this.run(connections, forMs, { begin: () => {}, end: () => {} }, 0);
  }

  /**
   * Asks so often a second, whatever comes back, until `stop` is called. Who finds no connection free waits for one, and counts as waiting.
   * @returns `failed` rejects at the first answer that is no 200.
   */
  pace(connections: number, perSecond: number): { failed: Promise<never>; stop(): void } {
    const failed = Promise.withResolvers<never>();
    const free: ((dueAtMs: number) => void)[] = [];
    const due: number[] = [];
    const next = () => {
      while (due.length > 0 && free.length > 0) free.shift()?.(due.shift() ?? 0);
    };
    const open = this.#dealt(connections).map((ask) => {
      let dueAtMs = 0;
      const release = () => {
        free.push((at) => {
          dueAtMs = at;
          connection.ask();
        });
        next();
      };
      const connection = openConnection(this.#url, ask, {
        onOpen: release,
        onAnswer: () => {
          this.#note(dueAtMs);
          release();
        },
        onError: failed.reject,
      });
      return connection;
    });
    const startedAtMs = performance.now();
    let asked = 0;
    const timer = setInterval(() => {
      for (; asked < ((performance.now() - startedAtMs) / 1000) * perSecond; asked += 1) due.push(performance.now());
      next();
    }, 1);
    const stop = () => {
      clearInterval(timer);
      for (const connection of open) connection.end();
    };
    return { failed: failed.promise, stop };
  }

  #dealt(connections: number): Ask[] {
    return Array.from({ length: connections }, (_, n) => this.#asks[n % this.#asks.length] ?? { path: '/' });
  }

  #note(askedAtMs: number): void {
    this.#lastAtMs = performance.now();
    if (this.#latenciesMs.length === 0) this.#firstAtMs = this.#lastAtMs;
    this.#latenciesMs.push(this.#lastAtMs - askedAtMs);
  }
}

type Listeners = { onOpen(): void; onAnswer(): void; onError(error: Error): void };

function openConnection(url: string, ask: Ask, { onOpen, onAnswer, onError }: Listeners): Connection {
  const { hostname, port, host } = new URL(url);
  const text = textOf(ask, host);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  let ended = false;
  let missing = 0;
  let head = '';
  socket.on('error', (error) => {
    if (!ended) onError(error);
  });
  socket.on('close', () => {
    if (!ended) onError(new Error(`The server closed the connection: ${ask.path}`));
  });
  socket.on('connect', onOpen);
  socket.on('data', (piece) => {
    let body = piece.length;
    if (missing === 0) {
      head += piece.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!head.startsWith('HTTP/1.1 200')) return onError(new Error(`${ask.path}: ${head}`));
      missing = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      body = head.length - end - 4;
      head = '';
    }
    missing -= body;
    if (missing === 0) onAnswer();
  });
  return {
    ask: () => void socket.write(text),
    end: () => {
      ended = true;
      socket.destroy();
    },
  };
}

function textOf({ method = 'GET', path, headers = {}, body }: Ask, host: string): string {
  const content = body === undefined ? '' : JSON.stringify(body);
  const all = {
    host,
    ...headers,
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${content}`;
}
