import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestSocket } from '../src/modules/chat/test-support.ts';
import type { RunningNode } from '../src/start-node.ts';
import type { Person } from './factories.ts';
import { eventually, startTestServer, type TestServer } from './harness.ts';
import { createApi } from './http.ts';
import { needsRedis, startProxy, startRedis, type TestProxy, type TestRedis } from './redis.ts';
import { faultsBetweenNodes } from './redis-between-nodes.ts';

/** Bounds of the contract: on calls within a second, on open sockets within two, Redis up or down. */
const callMs = 1000;
const socketMs = 2000;

describe.skipIf(!needsRedis('test/redis-away.test.ts'))('two nodes, each on its way to one Redis', () => {
  let redis: TestRedis;
  let proxyA: TestProxy;
  let proxyB: TestProxy;
  let server: TestServer;
  let nodeA: RunningNode | TestServer;
  let nodeB: RunningNode;
  beforeAll(async () => {
    redis = await startRedis();
    [proxyA, proxyB] = await Promise.all([startProxy(redis.port), startProxy(redis.port)]);
    server = await startTestServer({ environment: { REDIS_URL: proxyA.url } });
    nodeA = server;
    nodeB = await server.addNode({ roles: ['api', 'chat'], environment: { REDIS_URL: proxyB.url } });
  });
  afterAll(async () => {
    await server.stop();
    await Promise.all([proxyA.stop(), proxyB.stop(), redis.stop()]);
  });

  type Node = Pick<RunningNode, 'url' | 'ctx'>;

  async function timed<T>(work: () => Promise<T>): Promise<{ result: T; tookMs: number }> {
    const startedAt = performance.now();
    const result = await work();
    return { result, tookMs: performance.now() - startedAt };
  }

  function read(node: Node, { accessToken }: Person, path = '/me') {
    return createApi(node.url)('GET', path, undefined, { headers: { authorization: `Bearer ${accessToken}` } });
  }

  /** Somebody whose copy is in Redis, and whom both nodes have seen. */
  async function knownPatient(): Promise<Person> {
    const patient = await server.people.patient();
    for (const node of [nodeA, nodeB]) expect((await read(node, patient)).status).toBe(200);
    return patient;
  }

  const faults = faultsBetweenNodes(() => ({ redis, proxyA, proxyB }));

  it.each(faults)(
    '%s: who logs out is out everywhere in time, nobody else is, and no call fails',
    async (_name, harm, mend) => {
      const [stays, leaves] = [await knownPatient(), await knownPatient()];
      const socket = await TestSocket.as(nodeB, leaves);
      await harm();
      const closed = timed(() => socket.closed);
      const logout = await timed(() => leaves.api('POST', '/auth/logout'));
      expect(logout.result.status).toBe(204);
      expect(logout.tookMs).toBeLessThan(callMs);
      for (const reply of await Promise.all([nodeA, nodeB].map((node) => read(node, leaves)))) {
        expect([reply.status, reply.body.code]).toEqual([401, 'session-ended']);
      }
      for (let n = 0; n < 10; n += 1) {
        for (const node of [nodeA, nodeB]) {
          const { result, tookMs } = await timed(() => read(node, stays));
          expect(result.status).toBe(200);
          expect(tookMs).toBeLessThan(callMs);
        }
      }
      const { result, tookMs } = await closed;
      expect(result.code).toBe(4403);
      expect(tookMs).toBeLessThan(socketMs);

      await mend();
      await eventually('Redis is back', () => nodeA.ctx.redis?.healthy === true && nodeB.ctx.redis?.healthy === true);
      expect((await read(nodeB, leaves)).status).toBe(401);
      expect((await read(nodeB, stays)).status).toBe(200);
    },
  );

  it('away from the start: nothing is waited for, all is the database’s', async () => {
    await redis.kill();
    const node = await server.addNode({ roles: ['api'], environment: { REDIS_URL: redis.url } });
    const patient = await server.people.patient();
    expect((await read(node, patient)).status).toBe(200);
    const logout = await timed(() => read(node, patient));
    expect(logout.result.status).toBe(200);
    expect(logout.tookMs).toBeLessThan(callMs);
    await redis.restart();
  });
});
