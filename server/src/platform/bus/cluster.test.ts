import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabases, eventually, silentLog } from '../../../test/harness.ts';
import { needsRedis, type TestRedis } from '../../../test/redis.ts';
import { startRedisCluster, type TestRedisCluster } from '../../../test/redis-cluster.ts';
import { type DatabasePool, openPool } from '../database/connect.ts';
import { openRedis, type Redis } from '../redis/connect.ts';
import { type Bus, createBus, topic } from './bus.ts';

const said = topic<{ n: number }>('test.said');
const channel = 'openward:bus';
const plain = 'redis cluster has no sharded pub/sub, every node carries events';

let url: string;
let pool: DatabasePool;
beforeAll(async () => {
  url = (await cloneDatabases()).main;
  pool = openPool({ url, name: 'main', max: 4, log: silentLog });
});
afterAll(() => pool.close());

type Node = { bus: Bus; redis: Redis; heard: number[]; gaps: number; warnings: string[] };

async function openNode(redisUrl: string): Promise<Node> {
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line).msg) });
  const redis = await openRedis({ url: redisUrl, log });
  const node: Node = { bus: createBus({ url, pool, redis, log }), redis, heard: [], gaps: 0, warnings };
  node.bus.subscribe(said, ({ n }) => void node.heard.push(n));
  node.bus.onGap(() => {
    node.gaps += 1;
  });
  return node;
}

async function closeNodes(nodes: readonly Node[]): Promise<void> {
  for (const { bus, redis } of nodes) {
    await bus.close();
    await redis.close();
  }
}

let last = 0;
function next(): number {
  last += 1;
  return last;
}

/** Each of them hears all of a hundred events of the other. */
async function hundredArrive(a: Node, b: Node): Promise<void> {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const wanted = Array.from({ length: 100 }, () => next());
    for (const n of wanted) from.bus.publish(said, { n });
    await eventually('a hundred events', () => wanted.every((n) => to.heard.includes(n)), 5000);
  }
}

/** Of each master: how often it was told to carry an event to listeners, by one command. */
async function carried({ masters }: TestRedisCluster, command: 'publish' | 'spublish'): Promise<number[]> {
  const calls = new RegExp(`cmdstat_${command}:calls=(\\d+)`);
  return Promise.all(
    masters.map(async (master) => Number(calls.exec(await master.command('INFO', 'commandstats'))?.[1] ?? 0)),
  );
}

/** Of each master: how many listen on the channel there. */
function listeners({ masters }: TestRedisCluster, ask: 'NUMSUB' | 'SHARDNUMSUB'): Promise<number[]> {
  return Promise.all(
    masters.map(async ({ command }) => Number((await command('PUBSUB', ask, channel)).split(':').at(-1))),
  );
}

/** Waits until events go by Redis alone: what goes by Postgres as well is heard twice. */
async function overRedis(cluster: TestRedisCluster, command: 'publish' | 'spublish', a: Node, b: Node): Promise<void> {
  const total = (counts: number[]) => counts.reduce((one, other) => one + other, 0);
  const sum = async () => total(await carried(cluster, command));
  const ask = command === 'publish' ? 'NUMSUB' : 'SHARDNUMSUB';
  await eventually(
    'events go over Redis alone',
    async () => {
      const [heardA, heardB, before] = [a.heard.length, b.heard.length, await sum()];
      for (const { bus } of [a, b]) bus.publish(said, { n: next() });
      await sleep(200);
      return (
        a.heard.length === heardA + 2 &&
        b.heard.length === heardB + 2 &&
        // As it is, too, while both nodes have left Redis.
        [a, b].every(({ redis }) => redis.healthy) &&
        (await sum()) >= before + 2 &&
        total(await listeners(cluster, ask)) === 2
      );
    },
    20_000,
  );
}

describe.skipIf(!needsRedis('platform/bus/cluster.test.ts'))('the bus over a Redis cluster', () => {
  describe('with sharded pub/sub', () => {
    let cluster: TestRedisCluster;
    let nodes: [Node, Node];
    beforeAll(async () => {
      cluster = await startRedisCluster();
      nodes = [await openNode(cluster.url), await openNode(cluster.url)];
    });
    afterAll(async () => {
      await closeNodes(nodes);
      await cluster.stop();
    });

    it('carries events by the one master whose the channel is, and by no other', async () => {
      await overRedis(cluster, 'spublish', ...nodes);
      const owner = cluster.masters.indexOf(cluster.masterOf(channel));
      expect(await listeners(cluster, 'SHARDNUMSUB')).toEqual([0, 1, 2].map((index) => (index === owner ? 2 : 0)));
      const before = [await carried(cluster, 'spublish'), await carried(cluster, 'publish')];
      await hundredArrive(...nodes);
      const after = [await carried(cluster, 'spublish'), await carried(cluster, 'publish')];
      const more = after.map((counts, way) => counts.map((count, index) => count - (before[way]?.[index] ?? 0)));
      expect(more[0]?.map((count) => count >= 100)).toEqual([0, 1, 2].map((index) => index === owner));
      expect(more[1]).toEqual([0, 0, 0]);
      expect(nodes.flatMap(({ warnings }) => warnings)).not.toContain(plain);
    }, 30_000);

    it('goes over Postgres while that master is killed, tells of the gap, and comes back by itself', async () => {
      const gaps = nodes.map((node) => node.gaps);
      await cluster.masterOf(channel).kill();
      await hundredArrive(...nodes);
      await eventually('both are told of a gap', () => nodes.every((node, at) => node.gaps > (gaps[at] ?? 0)), 5000);
      await cluster.masterOf(channel).restart();
      await overRedis(cluster, 'spublish', ...nodes);
      expect((await listeners(cluster, 'SHARDNUMSUB')).toSorted()).toEqual([0, 0, 2]);
    }, 40_000);

    it('notices within ten seconds that a subscription went deaf, subscribes anew and tells of the gap', async () => {
      const gaps = nodes.map((node) => node.gaps);
      const owner = cluster.masterOf(channel);
      // The links stay up and take all; from here on the master says nothing to anybody.
      owner.pause();
      await eventually('both are told of a gap', () => nodes.every((node, at) => node.gaps > (gaps[at] ?? 0)), 10_000);
      owner.goOn();
      await overRedis(cluster, 'spublish', ...nodes);
    }, 40_000);

    it('is subscribed anew when the slot of the channel goes to another master', async () => {
      const from = cluster.masterOf(channel);
      const to = cluster.masters.find((master) => master !== from);
      await cluster.moveSlotOf(channel, to as TestRedis);
      await eventually(
        'both listen there',
        async () => (await listeners(cluster, 'SHARDNUMSUB'))[cluster.masters.indexOf(to as TestRedis)] === 2,
      );
      await overRedis(cluster, 'spublish', ...nodes);
    }, 30_000);
  });
});

it.skipIf(!needsRedis('platform/bus/cluster.test.ts'))(
  'a cluster that is too old for sharded pub/sub carries events by plain pub/sub, which each node says once',
  { concurrent: true, timeout: 40_000 },
  async () => {
    const cluster = await startRedisCluster({ withoutSharding: true });
    const nodes = [await openNode(cluster.url), await openNode(cluster.url)] as const;
    await overRedis(cluster, 'publish', ...nodes);
    for (const master of cluster.masters) await master.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await overRedis(cluster, 'publish', ...nodes);
    for (const { warnings } of nodes) expect(warnings.filter((line) => line === plain)).toHaveLength(1);
    await closeNodes(nodes);
    await cluster.stop();
  },
);
