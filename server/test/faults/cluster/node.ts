import { type RunningCommand, runMain } from '../../command.ts';
import { eventually } from '../../eventually.ts';
import { startProxyTo, type TestProxy } from '../../proxy.ts';
import type { Cleanup } from './cleanup.ts';
import { signal, usageOf } from './processes.ts';

/** How a node gets to its servers: as they are, or by proxies. */
type Link = { url: string; stop(): Promise<void> };
export type Ways<L extends Link = TestProxy> = { main: L; chat: L; redis: L | null };

type Targets = { main: string; chat: string; redis: string | null };
type Options = {
  name: string;
  port: number;
  /** The main.ts to run. */
  program: string;
  /** All of them by default. */
  roles?: string;
  targets: Targets;
  environment: Record<string, string>;
  cleanup: Cleanup;
  onExit(exit: { node: string; asked: boolean; how: string }): void;
};

const lastOutputChars = 20_000;
/** Some seconds; a machine that starts six at once beside much else is slow. */
const readyWithinMs = 180_000;

/** One process of the product, by default with a proxy of its own on each way out. It keeps port and ways over its lives. */
export class ClusterNode<L extends Link = TestProxy> {
  readonly name: string;
  readonly url: string;
  readonly ways: Ways<L>;
  readonly #options: Options;
  #program: string;
  #running: RunningCommand | null = null;
  readonly #runs: RunningCommand[] = [];
  /** The harness makes it end: then its end is no news. */
  #asked = false;

  private constructor(options: Options, ways: Ways<L>) {
    this.name = options.name;
    this.url = `http://127.0.0.1:${options.port}`;
    this.ways = ways;
    this.#program = options.program;
    this.#options = options;
    options.cleanup.add(() => this.#signal('SIGKILL'));
  }

  static async open(options: Options): Promise<ClusterNode> {
    const { main, chat, redis } = options.targets;
    const ways = {
      main: await startProxyTo(main),
      chat: await startProxyTo(chat),
      redis: redis === null ? null : await startProxyTo(redis),
    };
    return new ClusterNode(options, ways);
  }

  static openDirect(options: Options): ClusterNode<Link> {
    const link = (url: string): Link => ({ url, stop: async () => {} });
    const { main, chat, redis } = options.targets;
    return new ClusterNode(options, { main: link(main), chat: link(chat), redis: redis === null ? null : link(redis) });
  }

  /** What it runs, or ran last. */
  get program(): string {
    return this.#program;
  }

  get usage(): { rssMb: number; descriptors: number } | null {
    const pid = this.#running?.process.pid;
    return pid === undefined ? null : usageOf(pid);
  }

  /** The end of what it said, in this life and those before, for reports of failures. */
  get output(): string {
    return this.#runs
      .map((run) => run.output())
      .join('')
      .slice(-lastOutputChars);
  }

  /** Starts and waits until it is ready. `more` is added to its environment for this life, `program` is for the next ones too. */
  async start(more: Record<string, string> = {}, program = this.#program): Promise<void> {
    this.#program = program;
    const { port, environment, roles, onExit } = this.#options;
    const { main, chat, redis } = this.ways;
    const running = runMain(
      ['start', ...(roles === undefined ? [] : ['--roles', roles])],
      {
        ...environment,
        PORT: String(port),
        DATABASE_URL: main.url,
        CHAT_DATABASE_URL: chat.url,
        ...(redis === null ? {} : { REDIS_URL: redis.url }),
        ...more,
      },
      program,
    );
    this.#running = running;
    this.#runs.push(running);
    this.#asked = false;
    void running.ended.then((how) => {
      if (this.#running === running) this.#running = null;
      onExit({ node: this.name, asked: this.#asked, how: `${how}` });
    });
    // Not one that was made to end while it started, nor what answers in its place.
    const ready = eventually(`${this.name} is ready`, () => this.#running !== running || this.isReady(), readyWithinMs);
    const ended = running.ended.then((how) => {
      throw new Error(`${this.name} ended (${how}) before it was ready`);
    });
    await Promise.race([ready, ended]).catch((error: Error) => {
      throw new Error(`${error.message}\n${running.output().slice(-lastOutputChars)}`);
    });
  }

  async startIfEnded(): Promise<void> {
    if (this.#running === null) await this.start();
  }

  async isReady(): Promise<boolean> {
    const signal = AbortSignal.timeout(3000);
    return fetch(`${this.url}/health/ready`, { signal }).then(
      async (reply) => reply.ok && ((await reply.json()) as { checks: { chat?: string } }).checks.chat !== 'away',
      () => false,
    );
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** As a rolling restart does. @returns the exit code, or the signal's name; null when it did not run */
  async terminate(): Promise<number | string | null> {
    return this.#end('SIGTERM');
  }

  async close(): Promise<void> {
    await this.kill();
    await Promise.all([this.ways.main, this.ways.chat, this.ways.redis].map((way) => way?.stop()));
  }

  async #end(name: NodeJS.Signals): Promise<number | string | null> {
    const running = this.#running;
    if (running === null) return null;
    this.#asked = true;
    this.#signal(name);
    return running.ended;
  }

  #signal(name: NodeJS.Signals): void {
    const pid = this.#running?.process.pid;
    if (pid !== undefined) signal(pid, name);
  }
}
