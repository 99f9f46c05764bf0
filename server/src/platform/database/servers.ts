import { Socket } from 'node:net';
import pg from 'pg';
import type { Address, DatabaseUrl } from './database-url.ts';

/** How often the servers are looked at while anybody is connected. So long, at most, a server is written to that has a successor. */
const lookEveryMs = 1000;
const probeTimeoutMs = 1500;
/** So long, and the length of a look, a connection waits for a server that is fit: less than whoever asks for one. */
const patienceMs = 1500;
const lookAgainMs = 100;

/** What a server says of itself. A promoted one is on a later timeline than whatever it was a copy of. */
type Answer = { address: Address; writable: boolean; timeline: number };

const question = `SELECT NOT pg_is_in_recovery() AND NOT current_setting('default_transaction_read_only')::boolean AS writable,
  CASE WHEN pg_is_in_recovery() THEN 0 ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int END AS timeline`;

/**
 * Knows which of the servers of a URL is the right one, and sees to it that nobody is connected to another. Two that both take writes are told apart by their
 * timelines: the later one was promoted while the other was away, and what the other takes is lost.
 */
export class ServerFinder {
  readonly #parsed: DatabaseUrl;
  readonly #probes: readonly Probe[];
  readonly #sockets = new Set<AnyServerSocket>();
  #current: Address | null = null;
  /** The latest that was found to take writes. One of an earlier was passed over, and stays so when the later does not answer for a while. */
  #timeline = 0;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(parsed: DatabaseUrl, config: pg.ClientConfig) {
    this.#parsed = parsed;
    this.#probes = parsed.addresses.map((address) => new Probe(address, config));
  }

  /** @throws Error when none is fit: it reads as "away". */
  async find(): Promise<Address> {
    const isFresh = performance.now() - this.#lookedAtMs < 2 * lookEveryMs;
    if (this.#current === null || !isFresh) await this.#look();
    // Often another is about to take over, or a busy one slow to say what it is.
    for (const deadline = performance.now() + patienceMs; this.#current === null && performance.now() < deadline; ) {
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
      await this.#look();
    }
    if (this.#current !== null) return this.#current;
    const error = new Error(`None of ${this.#parsed.label} takes ${this.#wantsWrites ? 'writes' : 'calls'}.`);
    throw Object.assign(error, { code: 'ECONNREFUSED' });
  }

  opened(socket: AnyServerSocket): void {
    this.#sockets.add(socket);
    this.#timer ??= setInterval(() => void this.#look(), lookEveryMs).unref();
    // What was found may have been passed over meanwhile.
    if (socket.server !== this.#current) socket.goElsewhere();
  }

  closed(socket: AnyServerSocket, failed: boolean): void {
    if (failed && socket.server === this.#current) this.#current = null;
    this.#sockets.delete(socket);
    if (this.#sockets.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    for (const probe of this.#probes) probe.close();
  }

  get #wantsWrites(): boolean {
    return this.#parsed.wants !== 'prefer-standby';
  }

  async #look(): Promise<void> {
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = null;
    });
    // Probes keep no process running; somebody who waits for a connection does.
    const waiting = setInterval(() => {}, probeTimeoutMs);
    await this.#looking.finally(() => clearInterval(waiting));
  }

  async #lookAtAll(): Promise<void> {
    const answers = (await Promise.all(this.#probes.map((probe) => probe.ask()))).filter((answer) => answer !== null);
    this.#lookedAtMs = performance.now();
    const fit = answers.filter(({ writable, timeline }) => !writable || timeline >= this.#timeline);
    const chosen = this.#wantsWrites ? newestWritable(fit) : preferStandby(fit, this.#current);
    this.#timeline = Math.max(this.#timeline, chosen?.timeline ?? 0);
    if (this.#sockets.size === 0) for (const probe of this.#probes) probe.close();
    // One that does not answer for a moment keeps its connections while no other is fit: they fail by themselves.
    if (chosen === null) return;
    this.#current = chosen.address;
    for (const socket of this.#sockets) if (socket.server !== chosen.address) socket.goElsewhere();
  }
}

function newestWritable(answers: readonly Answer[]): Answer | null {
  return answers.filter(({ writable }) => writable).toSorted((a, b) => b.timeline - a.timeline)[0] ?? null;
}

/** Stays where it is as long as that is a copy; nodes begin at different ones. */
function preferStandby(answers: readonly Answer[], current: Address | null): Answer | null {
  const standbys = answers.filter(({ writable }) => !writable);
  const kept = standbys.find(({ address }) => address === current);
  return kept ?? standbys[Math.floor(Math.random() * standbys.length)] ?? newestWritable(answers);
}

/** A connection to one of the servers that stays open to ask it what it is. It does not keep the process running. */
class Probe {
  readonly #address: Address;
  readonly #config: pg.ClientConfig;
  #client: pg.Client | null = null;

  constructor(address: Address, config: pg.ClientConfig) {
    this.#address = address;
    this.#config = config;
  }

  async ask(): Promise<Answer | null> {
    const client = this.#client ?? this.#open();
    try {
      if (this.#client === null) await client.connect();
      this.#client = client;
      const { rows } = await client.query<Omit<Answer, 'address'>>(question);
      return rows[0] === undefined ? null : { ...rows[0], address: this.#address };
    } catch {
      this.close();
      end(client);
      return null;
    }
  }

  close(): void {
    if (this.#client !== null) end(this.#client);
    this.#client = null;
  }

  #open(): pg.Client {
    const client = new pg.Client({
      ...this.#config,
      ...this.#address,
      application_name: 'openward-watch',
      connectionTimeoutMillis: probeTimeoutMs,
      query_timeout: probeTimeoutMs,
      stream: () => new Socket().unref(),
    });
    client.on('error', () => {});
    return client;
  }
}

/** Without waiting: the other side may have vanished. */
function end(client: pg.Client): void {
  client.end().catch(() => {});
  client.connection.stream.destroy();
}

/** A socket that goes where the finder says, whatever it is told. */
export class AnyServerSocket extends Socket {
  readonly #finder: ServerFinder;
  server: Address | null = null;

  constructor(finder: ServerFinder) {
    super();
    this.#finder = finder;
    let connected = false;
    this.once('connect', () => {
      connected = true;
    });
    this.once('close', () => this.#finder.closed(this, !connected));
  }

  override connect(..._where: unknown[]): this {
    this.#finder.find().then(
      (address) => {
        if (this.destroyed) return;
        this.server = address;
        this.#finder.opened(this);
        // Passed over meanwhile: it would come back to life.
        if (this.destroyed) return;
        super.connect(address.port, address.host);
      },
      (error: Error) => this.destroy(error),
    );
    return this;
  }

  /** As `pg` words a connection that has ended: whoever has it is told that the database is away, and asks again. */
  goElsewhere(): void {
    this.destroy(new Error('Connection terminated: another server has taken over.'));
  }
}

const finders = new Map<string, ServerFinder>();

/** One for all connections of this process to the servers of a URL. It does nothing while there are none. */
export function finderOf(url: string, parsed: DatabaseUrl, config: pg.ClientConfig): ServerFinder {
  const found = finders.get(url) ?? new ServerFinder(parsed, config);
  finders.set(url, found);
  return found;
}
