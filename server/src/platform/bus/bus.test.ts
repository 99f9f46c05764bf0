import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { cloneDatabases, eventually, silentLog } from '../../../test/harness.ts';
import { startProxyTo } from '../../../test/proxy.ts';
import { needsRedis, startProxy, startRedis } from '../../../test/redis.ts';
import { openPool } from '../database/connect.ts';
import { openRedis, type Redis } from '../redis/connect.ts';
import { type Bus, createBus, topic } from './bus.ts';

const said = topic<{ n: number }>('test.said');

/** One node's bus, and what it heard. */
type Node = { bus: Bus; heard: number[]; gaps: number; redis: Redis | null };

/** Opens nodes that share a database of their own, until the test is over. */
async function startSharing({ onTestFinished }: TestContext) {
  const url = (await cloneDatabases()).main;
  const pool = openPool({ url, name: 'main', max: 4, log: silentLog });
  const nodes: Node[] = [];
  onTestFinished(async () => {
    for (const { bus, redis } of nodes) {
      await bus.close();
      await redis?.close();
    }
    await pool.close();
  });
  const openNode = async (redisUrl: string | null, options: Partial<Parameters<typeof createBus>[0]> = {}) => {
    const redis = redisUrl === null ? null : await openRedis({ url: redisUrl, log: silentLog });
    const bus = createBus({ url, pool, redis, log: silentLog, ...options });
    const node: Node = { bus, heard: [], gaps: 0, redis };
    node.bus.subscribe(said, ({ n }) => void node.heard.push(n));
    node.bus.onGap(() => {
      node.gaps += 1;
    });
    nodes.push(node);
    return node;
  };
  return { url, pool, openNode };
}

let last = 0;
function next(): number {
  last += 1;
  return last;
}

/** Each of the nodes hears what the others publish. They must all be told again and again: a hint may be lost. */
async function allHear(nodes: Node[], timeoutMs = 10_000): Promise<void> {
  for (const from of nodes) {
    const first = last + 1;
    await eventually(
      'every node hears',
      async () => {
        from.bus.publish(said, { n: next() });
        await sleep(20);
        return nodes.every(({ heard }) => heard.some((n) => n >= first));
      },
      timeoutMs,
    );
  }
}

/** Sends a hundred events from one node and waits until another has them all. */
async function hundredArrive(from: Node, to: Node, timeoutMs: number): Promise<void> {
  const wanted = Array.from({ length: 100 }, () => next());
  for (const n of wanted) from.bus.publish(said, { n });
  await eventually('a hundred events', () => wanted.every((n) => to.heard.includes(n)), timeoutMs);
}

// At the same time, since they wait for silence to be noticed.
describe('the bus over Postgres', { concurrent: true }, () => {
  it('tells the others what is gathered until events go out, and this node nothing of it', async (context) => {
    const { openNode } = await startSharing(context);
    const [a, b] = await Promise.all([openNode(null), openNode(null)]);
    await allHear([a, b]);
    const untold: { payload: { n: number } }[] = [];
    let asked = 0;
    // At once where none went out lately: then this one, within a few milliseconds of another.
    a.bus.publish(said, { n: next() });
    a.bus.tellOthers(said, () => {
      asked += 1;
      return untold.splice(0);
    });
    expect(asked).toBe(0);
    const gathered = [next(), next()];
    for (const n of gathered) untold.push({ payload: { n } });
    await eventually('b hears what was gathered', () => gathered.every((n) => b.heard.includes(n)));
    expect(asked).toBe(1);
    expect(a.heard).not.toContain(gathered[0]);
  });

  it('sends what others wait with where one cannot be made', async (context) => {
    const { openNode } = await startSharing(context);
    const [a, b] = await Promise.all([openNode(null), openNode(null)]);
    await allHear([a, b]);
    a.bus.publish(said, { n: next() });
    a.bus.tellOthers(said, () => {
      throw new Error('no key');
    });
    await hundredArrive(a, b, 5000);
  });

  it('knows of other nodes without their saying anything, and of none where there is none', async (context) => {
    const { openNode } = await startSharing(context);
    const a = await openNode(null);
    await hundredArrive(a, a, 5000);
    expect(a.bus.hasOthers).toBe(false);
    const b = await openNode(null);
    await eventually('each knows of the other', () => a.bus.hasOthers && b.bus.hasOthers);
  });

  it('needs to tell nobody once nobody was heard of, and then whoever comes is told of a gap', async (context) => {
    const { openNode } = await startSharing(context);
    const a = await openNode(null, { othersForMs: 300 });
    expect(a.bus.needsTelling()).toBe(true);
    await eventually('nobody is there', () => !a.bus.needsTelling());
    const b = await openNode(null);
    await eventually('b reads for itself what was not told', () => b.gaps === 1);
    expect([a.bus.needsTelling(), b.bus.needsTelling(), a.gaps]).toEqual([true, true, 0]);
    const c = await openNode(null);
    await allHear([a, b, c]);
    expect([b.gaps, c.gaps]).toEqual([1, 0]);
  });

  it('needs to tell others while it does not hear them: who listens to nobody, or has lost its link', async (context) => {
    const { url, openNode } = await startSharing(context);
    const proxy = await startProxyTo(url);
    context.onTestFinished(() => proxy.stop());
    const a = await openNode(null, { url: proxy.url, othersForMs: 100 });
    const deaf = await openNode(null, { listens: false, othersForMs: 100 });
    await eventually('nobody is heard', () => !a.bus.needsTelling());
    proxy.cut();
    await eventually('the link is lost', () => a.bus.needsTelling());
    expect(deaf.bus.needsTelling()).toBe(true);
  });

  it('carries events to other nodes and tells of a gap when its link was lost', async (context) => {
    const { pool, openNode } = await startSharing(context);
    const nodes = await Promise.all([openNode(null), openNode(null)]);
    const [a, b] = nodes;
    await allHear(nodes);
    await hundredArrive(a, b, 5000);
    await pool.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'openward-bus' AND datname = current_database()`,
    );
    await eventually('both are told of a gap', () => nodes.every(({ gaps }) => gaps === 1));
    await allHear(nodes);
  });

  it('says once more what its link does not answer for or breaks on, and waits for its last words when it closes', async (context) => {
    const { a, b, proxy } = await startBehindProxy(context);
    const hears = async (n: number, timeoutMs: number) =>
      eventually('a hears it', () => a.heard.includes(n), timeoutMs);
    for (const harm of [proxy.silence, proxy.cut]) {
      proxy.silence();
      const lost = next();
      b.bus.publish(said, { n: lost });
      await sleep(200);
      expect(a.heard).not.toContain(lost);
      harm();
      await hears(lost, harm === proxy.cut ? 500 : 3000);
      proxy.mend();
      await allHear([a, b]);
    }
    // The second waits for the first.
    const words = [next(), next()];
    for (const n of words) b.bus.publish(said, { n });
    await b.bus.close();
    for (const n of words) await hears(n, 500);
  });

  it('notices within ten seconds that a link went deaf, listens anew and tells of the gap', async (context) => {
    const { a, b, proxy } = await startBehindProxy(context);
    // Silence alone is no reason to listen anew.
    await sleep(7000);
    expect(b.gaps).toBe(0);
    proxy.deafen();
    const heardBefore = b.heard.length;
    a.bus.publish(said, { n: next() });
    await sleep(500);
    expect(b.heard).toHaveLength(heardBefore);
    await eventually('b is told of a gap', () => b.gaps === 1, 10_000);
    await allHear([a, b]);
    expect(a.gaps).toBe(0);
  });

  it('gives up a link on which everything vanishes, and new ones that lead nowhere either', async (context) => {
    const { a, b, proxy } = await startBehindProxy(context);
    proxy.silence();
    await sleep(10_000);
    proxy.mend();
    await eventually('b is told of a gap', () => b.gaps === 1, 10_000);
    await allHear([a, b]);
  });
});

/** Two nodes, of which one listens by way of a proxy; what it says goes another way. */
async function startBehindProxy(context: TestContext) {
  const { url, openNode } = await startSharing(context);
  const proxy = await startProxyTo(url);
  context.onTestFinished(() => proxy.stop());
  const [a, b] = [await openNode(null), await openNode(null, { url: proxy.url })];
  await allHear([a, b]);
  return { a, b, proxy };
}

/** Two nodes whose events go over a Redis of their own. b's own link to it can be cut. */
async function startOverRedis(context: TestContext) {
  const server = await startRedis();
  const proxy = await startProxy(server.port);
  context.onTestFinished(async () => {
    await proxy.stop();
    await server.stop();
  });
  const { openNode } = await startSharing(context);
  const [a, b] = [await openNode(server.url), await openNode(proxy.url)];

  /** Waits until events go by Redis alone: nothing is notified in Postgres any more. */
  const overRedis = () =>
    eventually(
      'events go over Redis alone',
      async () => {
        const [heardA, heardB, published] = [a.heard.length, b.heard.length, await publishes()];
        a.bus.publish(said, { n: next() });
        b.bus.publish(said, { n: next() });
        await sleep(200);
        // What goes both ways is heard twice.
        const once = a.heard.length === heardA + 2 && b.heard.length === heardB + 2;
        // As it is, too, while both nodes have left Redis.
        const healthy = [a, b].every(({ redis }) => redis?.healthy === true);
        return once && healthy && (await publishes()) >= published + 2 && (await subscribers()) === 2;
      },
      20_000,
    );
  const publishes = async () =>
    Number(/cmdstat_publish:calls=(\d+)/.exec(await server.command('INFO', 'commandstats'))?.[1] ?? 0);
  const subscribers = async () => Number((await server.command('PUBSUB', 'NUMSUB', 'openward:bus')).split(':').at(-1));

  await overRedis();
  return { server, proxy, a, b, overRedis };
}

describe.skipIf(!needsRedis('platform/bus/bus.test.ts'))('the bus over Redis', { concurrent: true }, () => {
  it('carries events in order and each once, also to its own node', async (context) => {
    const { a, b } = await startOverRedis(context);
    const from = [a.heard.length, b.heard.length];
    await hundredArrive(a, b, 5000);
    for (const [index, node] of [a, b].entries()) {
      const heard = node.heard.slice(from[index]);
      expect(heard).toHaveLength(100);
      expect(heard).toEqual(heard.toSorted((x, y) => x - y));
    }
  });

  it('goes over Postgres while Redis is killed, tells of the gap, and comes back by itself', async (context) => {
    const { server, a, b, overRedis } = await startOverRedis(context);
    const gaps = [a.gaps, b.gaps];
    await server.kill();
    await hundredArrive(a, b, 5000);
    await hundredArrive(b, a, 5000);
    await eventually('both are told of a gap', () => a.gaps > (gaps[0] ?? 0) && b.gaps > (gaps[1] ?? 0), 3000);
    await server.restart();
    await overRedis();
    expect(a.gaps).toBeGreaterThanOrEqual((gaps[0] ?? 0) + 2);
    await hundredArrive(a, b, 5000);
  });

  it('goes over Postgres while Redis is paused', async (context) => {
    const { server, a, b, overRedis } = await startOverRedis(context);
    server.pause();
    try {
      await hundredArrive(a, b, 5000);
      await hundredArrive(b, a, 5000);
    } finally {
      server.goOn();
    }
    await overRedis();
  });

  it('reaches a node that alone is cut off from Redis, and hears it', async (context) => {
    const { proxy, a, b, overRedis } = await startOverRedis(context);
    proxy.cut();
    await eventually('a hears that b is away', () => b.redis?.healthy === false);
    await sleep(100);
    await hundredArrive(a, b, 5000);
    await hundredArrive(b, a, 5000);
    const { gaps } = b;
    proxy.mend();
    await overRedis();
    await eventually('b is told of a gap', () => b.gaps > gaps, 3000);
  });

  it('reaches a node whose link drops everything in silence, within three seconds', async (context) => {
    const { proxy, a, b, overRedis } = await startOverRedis(context);
    proxy.silence();
    await sleep(3000);
    await hundredArrive(a, b, 5000);
    await hundredArrive(b, a, 5000);
    proxy.mend();
    await overRedis();
  });

  it('notices within ten seconds that a subscription went deaf, subscribes anew and tells of the gap', async (context) => {
    const { proxy, a, b, overRedis } = await startOverRedis(context);
    const { gaps } = b;
    proxy.deafen();
    const heardBefore = b.heard.length;
    a.bus.publish(said, { n: next() });
    await sleep(500);
    expect(b.heard).toHaveLength(heardBefore);
    await eventually('b is told of a gap', () => b.gaps > gaps, 10_000);
    await overRedis();
  });

  it('is subscribed anew when the server closes the subscription', async (context) => {
    const { server, a, overRedis } = await startOverRedis(context);
    const { gaps } = a;
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually('a is told of a gap', () => a.gaps > gaps, 5000);
    await overRedis();
  });

  it('leaves out what is no event', async (context) => {
    const { server, a, b } = await startOverRedis(context);
    for (const text of ['', 'x', '[]', '{"node":1}', 'probe:', 'away:'])
      await server.command('PUBLISH', 'openward:bus', text);
    await hundredArrive(a, b, 5000);
  });
});
