import type { Logger } from '../log.ts';
import { reasonOf } from './advice.ts';
import { Breaker } from './breaker.ts';
import { callBudgetMs } from './call-budget.ts';
import { type Destination, openClient, openListener, type RedisClient } from './open-client.ts';
import { probeMasters } from './probe.ts';
import { type Listening, PubSub } from './pub-sub.ts';
import { parseRedisUrl } from './redis-url.ts';
import { Refusals } from './refusals.ts';
import { readTls } from './tls.ts';
import { askTogether } from './together.ts';

export { RedisAway } from './breaker.ts';
export type { RedisClient } from './open-client.ts';

/** A Redis that may go away at any time: what it keeps is a copy or a count, never the truth. */
export type Redis = {
  /**
   * Runs a command. Takes at most 50 ms, those of one call together, and no time at all while Redis is known to be away.
   * @throws RedisAway; or the server's refusal of this one command, such as WRONGTYPE.
   */
  run<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** The values of keys, of one slot in a cluster; null for what is not there, or is no text. Bounded as `run`. */
  read(keys: readonly string[]): Promise<readonly (string | null)[]>;
  /**
   * A script of one key, or of some of one slot, with always as many values, under a name of its own; it is sent whole only when the server does not
   * know it. Those of one turn go together; each is atomic. Bounded as `run`.
   * @returns a function that takes its keys, then its values.
   */
  script(name: string, lua: string, keys?: number): (...words: string[]) => Promise<unknown>;
  readonly healthy: boolean;
  onChange(handler: (healthy: boolean) => void): () => void;
  /** To whoever listens on the channel. Bounded as `run`. @throws as `run`. */
  publish(channel: string, text: string): Promise<void>;
  /** Listens on a connection of its own. When it is lost, that is for the listener to see to. @returns a function that ends it. */
  listen(channel: string, handlers: Listening): () => void;
  close(): Promise<void>;
};

const probeEveryMs = 1000;
/** How long a start waits for Redis before it goes on without. */
const startPatienceMs = 1000;

/**
 * Connects; when Redis is away, all goes on without it until it is there.
 * @param options `onRefused` counts the commands that Redis refused for what is in their key.
 * @throws Error when the URL is none, or a file that it names cannot be read.
 */
export async function openRedis(options: { url: string; log: Logger; onRefused?: () => void }): Promise<Redis> {
  const { log, onRefused = () => {} } = options;
  const target = parseRedisUrl(options.url);
  if (target === null) throw new Error('REDIS_URL is not a URL of a Redis.');
  const to: Destination = { ...target, tls: target.tls === null ? null : readTls(target.tls) };
  const client = openClient(to);
  const refusals = new Refusals({ log, remove: (key) => client.unlink(key), count: onRefused });
  const probe = () => probeMasters(client);
  const breaker = new Breaker({
    log,
    probe,
    limitMs: callBudgetMs,
    probeEveryMs,
    onRefused: (error) => refusals.note(error),
  });
  const trouble = watch(client);
  const together = askTogether(client);
  let started = false;
  let closing = false;
  // A cluster's client closes and tries again until it has found a node that answers.
  client.on('close', () => {
    if (started && !closing) breaker.open(trouble.last ?? new Error('The connection was lost.'));
  });
  const pubSub = new PubSub({
    log,
    clusterNodes: to.kind === 'cluster' ? to.nodes : null,
    connect: (node) => openListener(to, node),
    run: (command) => breaker.run(() => command(client)),
  });
  // With the first probe, since a cluster's client connects to a node when it is first asked for something there.
  await patiently(ready(client).then(probe), startPatienceMs).catch((error: unknown) =>
    breaker.open(trouble.last ?? error),
  );
  started = true;
  return {
    run: (command) => breaker.run(() => command(client)),
    read: (keys) => breaker.run(() => together.read(keys)),
    script: (name, lua, keys) => {
      const run = together.script(name, lua, keys);
      return (...words) => breaker.run(() => run(...words));
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

/** What went wrong last, since the connection was good: it says more than that the connection was lost. */
function watch(client: RedisClient): { readonly last: Error | undefined } {
  let last: Error | undefined;
  const note = (error: Error) => {
    // That a node is not there any more is a consequence.
    if (last === undefined || reasonOf(error) !== 'The connection was lost.') last = error;
  };
  for (const event of ['error', 'node error', 'sentinelError']) client.on(event, note);
  client.on('ready', () => {
    last = undefined;
  });
  return {
    get last() {
      return last;
    },
  };
}

function ready(client: RedisClient): Promise<void> {
  return new Promise((resolve) => void client.once('ready', resolve));
}

async function patiently<T>(work: Promise<T>, patienceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It was not there within ${patienceMs} ms.`)), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
