import { Redis as Client, Cluster, type RedisOptions } from 'ioredis';
import type { Logger } from '../log.ts';
import { Breaker } from './breaker.ts';
import { type Listening, PubSub, type RedisNode } from './pub-sub.ts';
import { parseRedisUrl, type RedisTarget } from './redis-url.ts';

export { RedisAway } from './breaker.ts';

export type RedisClient = Client | Cluster;

/** A Redis that may go away at any time: what it keeps is a copy or a count, never the truth. */
export type Redis = {
  /**
   * Runs a command. Takes at most 50 ms, and no time at all while Redis is known to be away.
   * @throws RedisAway; or the server's refusal of this one command, such as WRONGTYPE.
   */
  run<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** A script of one key, under a name of its own; it is sent whole only when the server does not know it. Bounded as `run`. */
  script(name: string, lua: string): (key: string, ...values: string[]) => Promise<unknown>;
  readonly healthy: boolean;
  onChange(handler: (healthy: boolean) => void): () => void;
  /** To whoever listens on the channel. Bounded as `run`. @throws as `run`. */
  publish(channel: string, text: string): Promise<void>;
  /** Listens on a connection of its own. When it is lost, that is for the listener to see to. @returns a function that ends it. */
  listen(channel: string, handlers: Listening): () => void;
  close(): Promise<void>;
};

const commandLimitMs = 50;
const probeEveryMs = 1000;
/** How long a start waits for Redis before it goes on without. */
const startPatienceMs = 1000;
const probeKey = 'openward:probe';

/** Connects; when Redis is away, all goes on without it until it is there. @throws Error when the URL is none. */
export async function openRedis(options: { url: string; log: Logger }): Promise<Redis> {
  const target = parseRedisUrl(options.url);
  if (target === null) throw new Error('REDIS_URL is not a URL of a Redis.');
  const client = openClient(target);
  const breaker = new Breaker({
    // A write: a Redis that is full or read-only answers a PING.
    probe: () => client.set(probeKey, '1', 'PX', 10_000),
    log: options.log,
    limitMs: commandLimitMs,
    probeEveryMs,
  });
  // A cluster's client closes and tries again until it has found a node that answers.
  let started = false;
  let closing = false;
  let lastError: Error | undefined;
  client.on('error', (error: Error) => {
    lastError = error;
  });
  client.on('close', () => {
    if (started && !closing) breaker.open(lastError ?? new Error('The connection was lost.'));
  });
  const pubSub = new PubSub({
    log: options.log,
    clusterNodes: target.kind === 'cluster' ? target.nodes : null,
    connect: (node) => openListener(target, node),
    run: (command) => breaker.run(() => command(client)),
  });
  await ready(client, startPatienceMs).catch((error: unknown) => breaker.open(lastError ?? error));
  started = true;
  return {
    run: (command) => breaker.run(() => command(client)),
    script: (name, lua) => {
      client.defineCommand(name, { numberOfKeys: 1, lua });
      const command: unknown = Reflect.get(client, name);
      if (typeof command !== 'function') throw new Error(`The script ${name} could not be defined.`);
      return (...words) => breaker.run(async () => Reflect.apply(command, client, words) as unknown);
    },
    get healthy() {
      return breaker.healthy;
    },
    onChange: (handler) => breaker.onChange(handler),
    publish: (channel, text) => pubSub.publish(channel, text),
    listen: (channel, handlers) => pubSub.listen(channel, handlers),
    close: async () => {
      closing = true;
      breaker.close();
      pubSub.close();
      client.disconnect();
    },
  };
}

function openClient(target: RedisTarget): RedisClient {
  const retry = (times: number) => Math.min(times * 50, 500);
  const options = {
    ...commonOptions(target),
    // A command is never sent twice: a count would count double.
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // A server that takes bytes and gives none is left for a new connection.
    socketTimeout: 3000,
    // After a failover the old master is a replica that refuses writes.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
  if (target.kind === 'cluster') {
    return new Cluster(target.nodes, {
      redisOptions: options,
      enableOfflineQueue: false,
      clusterRetryStrategy: retry,
      slotsRefreshTimeout: 2000,
      slotsRefreshInterval: 5000,
    });
  }
  return new Client({ ...options, ...endpoint(target), retryStrategy: retry });
}

/** @param node of a cluster. */
function openListener(target: RedisTarget, node: RedisNode | undefined): Client {
  return new Client({
    ...commonOptions(target),
    ...endpoint(node === undefined ? target : { ...target, nodes: [node] }),
    enableReadyCheck: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  });
}

const defaultNode = { host: '127.0.0.1', port: 6379 };

function endpoint({ kind, nodes, name, db, tls }: RedisTarget) {
  if (kind === 'sentinel') return { sentinels: nodes, name, enableTLSForSentinelMode: tls };
  return { ...(nodes[0] ?? defaultNode), db };
}

function commonOptions({ username, password, tls }: RedisTarget) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    connectionName: 'openward',
    connectTimeout: 2000,
    keepAlive: 5000,
  } satisfies RedisOptions;
}

function ready(client: RedisClient, patienceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(new Error(`It was not there within ${patienceMs} ms.`)), patienceMs);
    const onReady = () => done();
    function done(error?: Error): void {
      clearTimeout(timer);
      client.off('ready', onReady);
      if (error === undefined) resolve();
      else reject(error);
    }
    client.once('ready', onReady);
  });
}
