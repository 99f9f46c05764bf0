import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, silentLog } from '../../../test/harness.ts';
import { needsRedis, startRedis, type TestRedis } from '../../../test/redis.ts';
import { newId } from '../id.ts';
import { openRedis, type Redis } from '../redis/connect.ts';
import { createLimiter, type Limiter } from './limiter.ts';

describe.skipIf(!needsRedis('platform/limits/redis-limiter.test.ts'))('limits counted in Redis', () => {
  const points = 10;
  let server: TestRedis;
  let links: Redis[];
  let nodes: Limiter[];
  /** How often a node has left Redis. */
  let timesLeft = 0;
  beforeAll(async () => {
    server = await startRedis();
    links = await Promise.all([1, 2].map(() => openRedis({ url: server.url, log: silentLog })));
    for (const redis of links) redis.onChange((healthy) => (timesLeft += healthy ? 0 : 1));
    nodes = links.map((redis) => createLimiter({ 'login.account': { points, windowS: 60 } }, redis));
  });
  afterAll(async () => {
    await Promise.all(links.map((redis) => redis.close()));
    await server.stop();
  });
  beforeEach(() => healed());

  const healed = () => eventually('Redis is healed', () => links.every(({ healthy }) => healthy));
  let last = 0;
  function freshKey(): string {
    last += 1;
    return `key ${last}`;
  }

  /** How many of so many calls at once, in turn on each node, get through. */
  async function through(calls: number, key: string, weight = 1): Promise<number> {
    const taken = await Promise.all(
      Array.from({ length: calls }, (_, call) => nodes[call % nodes.length]?.allows('login.account', key, weight)),
    );
    return taken.filter(Boolean).length;
  }

  /** The same of a fresh key, while no node leaves Redis: a try in which the machine was too busy for it says nothing of what is counted there. */
  async function throughByRedis(calls: number, weight = 1): Promise<number> {
    for (let tried = 0; tried < 5; tried += 1) {
      const before = timesLeft;
      const taken = await through(calls, freshKey(), weight);
      if (timesLeft === before) return taken;
      await healed();
    }
    throw new Error('A node has left Redis in each of five tries.');
  }

  it('let through exactly their points of two hundred calls at once over two nodes, a hundred times', async () => {
    for (let trial = 0; trial < 100; trial += 1) expect(await throughByRedis(200)).toBe(points);
  });

  it('let through exactly what their points are enough for when calls weigh', async () => {
    for (let trial = 0; trial < 20; trial += 1) expect(await throughByRedis(200, 3)).toBe(3);
    const key = freshKey();
    expect(await through(50, key, 0)).toBe(50);
    expect(await through(200, key)).toBe(points);
    expect(await through(50, key, 0)).toBe(0);
  });

  it('keep nothing of who only looks', async () => {
    await server.command('FLUSHALL');
    expect(await through(50, freshKey(), 0)).toBe(50);
    expect(await server.command('KEYS', 'openward:limit:*')).toBe('*0');
  });

  it('say on either node what is left over both', async () => {
    const key = freshKey();
    const left: number[] = [];
    for (const node of [...nodes, ...nodes]) left.push((await node.take('login.account', key)).remaining);
    expect(left).toEqual([9, 8, 7, 6]);
    const { resetS } = await (nodes[0] as Limiter).take('login.account', key);
    expect(resetS).toBeGreaterThan(50);
    expect(resetS).toBeLessThanOrEqual(60);
  });

  it('keep no address and no name in Redis, and nothing for longer than its window', async () => {
    await server.command('FLUSHALL');
    await through(1, 'somebody@example.org');
    const [key = ''] = /openward:limit:\S+/.exec(await server.command('KEYS', '*')) ?? [];
    expect(key).toMatch(/^openward:limit:login\.account:[\w-]{43}$/);
    expect(Number((await server.command('TTL', key)).slice(1))).toBeGreaterThan(50);
  });

  it('keep an account by its id, which says nothing of anybody', async () => {
    await server.command('FLUSHALL');
    const id = newId();
    await through(1, id);
    expect(await server.command('KEYS', '*')).toContain(`openward:limit:login.account:{${id}}`);
  });

  it.each<[string, () => unknown, () => unknown]>([
    ['paused', () => server.pause(), () => server.goOn()],
    ['killed', () => server.kill(), () => server.restart()],
    ['read-only', () => server.command('REPLICAOF', '127.0.0.1', '1'), () => server.command('REPLICAOF', 'NO', 'ONE')],
  ])(
    'go on from memory while Redis is %s, on each node apart, and are shared again by themselves',
    async (_what, harm, mend) => {
      const key = freshKey();
      await through(4, key);
      await harm();
      expect(await through(200, key)).toBe(points * nodes.length);
      await mend();
      await healed();
      expect(await throughByRedis(200)).toBe(points);
    },
  );

  it('count in memory what they cannot count in Redis, a key of a wrong type, and in Redis again once it is removed', async () => {
    await server.command('FLUSHALL');
    const key = freshKey();
    await through(1, key);
    const [name = ''] = /openward:limit:\S+/.exec(await server.command('KEYS', '*')) ?? [];
    await server.command('DEL', name);
    await server.command('LPUSH', name, 'x');
    // The first refusal would remove it, and whichever calls come to Redis after that would be counted there.
    await server.command('ACL', 'SETUSER', 'default', '-unlink');
    expect(await through(200, key)).toBe(points * nodes.length);
    await server.command('ACL', 'SETUSER', 'default', '+unlink');
    await through(1, key);
    await eventually('the key is removed', async () => (await server.command('EXISTS', name)) === ':0');
    expect(await through(200, key)).toBe(points);
    expect(links.every(({ healthy }) => healthy)).toBe(true);
  });
});
