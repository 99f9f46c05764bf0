import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createLog } from '../src/platform/log.ts';
import type { RoleName } from '../src/roles.ts';
import { type RunningNode, startNode } from '../src/start-node.ts';
import type { TestServer } from './harness.ts';

/** One more node, of the chat if nothing else is said, whose chat database is behind a proxy. */
export async function startBehindProxy(
  server: TestServer,
  roles: readonly RoleName[] = ['chat'],
): Promise<{ node: RunningNode; proxy: DatabaseProxy }> {
  const { config } = server;
  const proxy = new DatabaseProxy(server.urls.chat);
  const urls = { ...server.urls, chat: await proxy.start() };
  return { proxy, node: await startNode({ config, urls, roles, log: createLog(config) }) };
}

/** Stands between a node and its chat database, and takes it away in several ways. */
export class DatabaseProxy {
  readonly #pairs = new Set<{ client: Socket; upstream: Socket }>();
  readonly #onRefusal: (() => void)[] = [];
  #away = false;
  /** Part of a statement whose next answer is lost, with the connection. */
  #losing: string | null = null;
  /** Part of a statement whose next answer is kept until the test has done something else. */
  #holding: { statement: string; reached(): void; released: Promise<void> } | null = null;
  readonly #server = createServer((client) => this.#connect(client));
  readonly #target: URL;

  constructor(target: string) {
    this.#target = new URL(target);
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const url = new URL(this.#target);
    url.port = String((this.#server.address() as AddressInfo).port);
    url.hostname = '127.0.0.1';
    return url.href;
  }

  cut(): void {
    this.#away = true;
    for (const { client, upstream } of this.#pairs) {
      client.destroy();
      upstream.destroy();
    }
  }

  /** Resolves when somebody has asked in vain. */
  refusedOne(): Promise<void> {
    return new Promise((resolve) => this.#onRefusal.push(resolve));
  }

  heal(): void {
    this.#away = false;
  }

  /** The prepared statement of this name will be executed, and nobody will hear how it went. */
  loseAnswerTo(statement: string): void {
    this.#losing = statement;
  }

  /** The answer to the next execution of a statement comes once `work` is done. @returns when it has been let go. */
  async holdAnswerTo(statement: string, work: () => Promise<void>): Promise<void> {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    this.#holding = { statement, reached: reached.resolve, released: released.promise };
    await reached.promise;
    await work();
    released.resolve();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket): void {
    if (this.#away) {
      client.destroy();
      for (const told of this.#onRefusal.splice(0)) told();
      return;
    }
    const upstream = connect(Number(this.#target.port), this.#target.hostname);
    const pair = { client, upstream };
    this.#pairs.add(pair);
    let losing = false;
    let held: Promise<void> | null = null;
    client.on('data', (data) => {
      if (this.#losing !== null && data.includes(this.#losing)) {
        this.#losing = null;
        losing = true;
      }
      const holding = this.#holding;
      if (holding !== null && data.includes(holding.statement)) {
        this.#holding = null;
        held = holding.released;
        upstream.once('data', () => holding.reached());
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (losing) client.destroy();
      else if (held === null) client.write(data);
      else void held.then(() => client.write(data));
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
  }
}
