import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningNode } from '../src/start-node.ts';
import { eventually, startTestServer, type TestServer } from './harness.ts';
import { needsRedis, type TestRedis } from './redis.ts';
import { startRedisCluster, type TestRedisCluster } from './redis-cluster.ts';
import { type LoadReport, startLoad } from './redis-load.ts';
import { createRedisSecurity, type RedisSecurity } from './redis-security.ts';
import { startRedisSentinels, type TestSentinels } from './redis-sentinel.ts';

const isInstalled = needsRedis('test/redis-failover.test.ts');
const channel = 'openward:bus';
/**
 * From the loss of a master to commands and events over another one: a second until it counts as lost (with the settings of these
 * tests), the vote, and three until each node has found it and trusts it. Typically 2 to 6 s here.
 */
const backWithinMs = 20_000;

/** With TLS, client certificates and a password on every connection. */
let security: RedisSecurity;
beforeAll(async () => {
  security = await createRedisSecurity();
});
afterAll(() => security.remove());

/** Two nodes on one Redis. */
async function startNodes(url: string): Promise<{ server: TestServer; nodes: [TestServer, RunningNode] }> {
  const server = await startTestServer({ environment: { REDIS_URL: url } });
  return { server, nodes: [server, await server.addNode({ roles: ['api', 'chat'] })] };
}

const healthy = (nodes: readonly Pick<RunningNode, 'ctx'>[]) => nodes.every(({ ctx }) => ctx.redis?.healthy === true);

/** How many listen for events at a server. */
async function listeners({ command }: TestRedis, ask: 'NUMSUB' | 'SHARDNUMSUB'): Promise<number> {
  return Number((await command('PUBSUB', ask, channel)).split(':').at(-1));
}

function expectAllWell({ calls, acked, ...harm }: LoadReport): void {
  expect(harm).toEqual({ failed: [], lost: [], misheard: [], dropped: 0 });
  // It was a load at all.
  expect(Math.min(calls, acked)).toBeGreaterThan(10);
}

describe.skipIf(!isInstalled)('two nodes on a Redis behind three sentinels', () => {
  let sentinels: TestSentinels;
  let server: TestServer;
  let nodes: [TestServer, RunningNode];
  beforeAll(async () => {
    sentinels = await startRedisSentinels({ replicas: 2, security });
    ({ server, nodes } = await startNodes(sentinels.url));
  });
  afterAll(async () => {
    await server.stop();
    await sentinels.stop();
  });

  it('kill -9 of the master under load: nobody is logged out, nothing fails, no message is lost, and the next master is taken up', async () => {
    const old = await sentinels.master();
    await eventually('events go over Redis', async () => (await listeners(old, 'NUMSUB')) === 2);
    const stop = await startLoad(server, nodes);
    await old.kill();
    await eventually('both nodes know', () => !nodes.some(({ ctx }) => ctx.redis?.healthy === true));
    await eventually(
      'commands and events go over the next master',
      async () => {
        const next = await sentinels.master();
        return next !== old && healthy(nodes) && (await listeners(next, 'NUMSUB')) === 2;
      },
      backWithinMs,
    );
    expectAllWell(await stop());
  });
});

describe.skipIf(!isInstalled)('two nodes on a Redis cluster of three masters', () => {
  let cluster: TestRedisCluster;
  let server: TestServer;
  let nodes: [TestServer, RunningNode];
  beforeAll(async () => {
    cluster = await startRedisCluster({ security });
    ({ server, nodes } = await startNodes(cluster.url));
  });
  afterAll(async () => {
    await server.stop();
    await cluster.stop();
  });

  it('know a session and count its call by one question: what is kept of an account lies in one slot', async () => {
    const { id, sessionId, api } = await server.people.patient();
    const [copy, points] = [`openward:session:1:{${id}}:${sessionId}`, `openward:limit:account.read:{${id}}`];
    const { command } = cluster.masterOf(points);
    const pointsOf = async () => Number((await command('GET', points)).split('\r\n')[1]);
    const call = async () => expect((await api('GET', '/auth/sessions')).status).toBe(200);
    // A node that does not trust Redis yet keeps no copy there.
    await eventually('Redis is trusted', () => healthy(nodes));
    await call();
    await eventually('the copy is there', async () => (await command('EXISTS', copy)) === ':1');
    const before = await pointsOf();
    await command('CONFIG', 'RESETSTAT');
    for (let n = 0; n < 5; n += 1) await call();
    const said = await command('INFO', 'commandstats');
    const commands = [...said.matchAll(/cmdstat_(mget|evalsha):calls=(\d+)/g)].map(
      ([, name, calls]) => `${name} ${calls}`,
    );
    // The one is a part of the other.
    expect([commands.toSorted(), await pointsOf()]).toEqual([['evalsha 5', 'mget 5'], before + 5]);
  });

  it('kill -9 of a master under load: the database answers for it, nothing is lost, and it is taken up when it is back', async () => {
    const owner = cluster.masterOf(channel);
    await eventually('events go over Redis', async () => (await listeners(owner, 'SHARDNUMSUB')) === 2);
    // One that events do not need: they go on, or by PostgreSQL, but commands cannot be trusted to any master then.
    const victim = cluster.masters.find((master) => master !== owner) as TestRedis;
    const stop = await startLoad(server, nodes);
    await victim.kill();
    await eventually('both nodes know', () => !nodes.some(({ ctx }) => ctx.redis?.healthy === true));
    // Longer than the cluster takes to know, too.
    const deadline = performance.now() + 3000;
    await eventually('three seconds are over', () => performance.now() > deadline);
    expect(nodes.some(({ ctx }) => ctx.redis?.healthy === true)).toBe(false);
    await victim.restart();
    await eventually('the cluster is taken up', () => healthy(nodes), backWithinMs);
    expectAllWell(await stop());
  });

  it('kill -9 of a master with a replica under load: the replica is taken up, commands and events', async () => {
    const owner = cluster.masterOf(channel);
    const replica = await cluster.addReplicaOf(owner);
    await eventually('all is well', async () => healthy(nodes) && (await listeners(owner, 'SHARDNUMSUB')) === 2);
    const stop = await startLoad(server, nodes);
    await owner.kill();
    await eventually('both nodes know', () => !nodes.some(({ ctx }) => ctx.redis?.healthy === true));
    await eventually(
      'commands and events go over the replica',
      async () => healthy(nodes) && (await listeners(replica, 'SHARDNUMSUB')) === 2,
      backWithinMs,
    );
    expectAllWell(await stop());
  });
});
