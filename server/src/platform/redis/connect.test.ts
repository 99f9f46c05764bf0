import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/harness.ts';
import { needsRedis, startProxy, startRedis, type TestProxy, type TestRedis } from '../../../test/redis.ts';
import { CallBudget, callBudgetMs, onBudget } from './call-budget.ts';
import { openRedis, type Redis, RedisAway } from './connect.ts';

describe.skipIf(!needsRedis('platform/redis/connect.test.ts'))('a Redis that may go away', () => {
  let server: TestRedis;
  let proxy: TestProxy;
  let redis: Redis;
  let lines: string[];
  beforeAll(async () => {
    server = await startRedis();
    proxy = await startProxy(server.port);
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });
  beforeEach(async () => {
    lines = [];
    redis = await openRedis({ url: proxy.url, log: logTo(lines) });
  });
  afterEach(async () => {
    proxy.delay(0);
    proxy.mend();
    await redis.close();
  });

  function logTo(said: string[]) {
    return pino({}, { write: (line: string) => void said.push(JSON.parse(line).msg) });
  }
  const ping = () => redis.run((client) => client.ping());
  const healed = () => eventually('Redis is healed', () => redis.healthy);

  /**
   * How long the longest of many calls took while Redis was in trouble, and that all of them failed cleanly: in times that a call has, by a
   * clock of this process, which stands still whenever the calls do, on a busy machine.
   */
  async function longestOf(calls: number): Promise<number> {
    let [longest, times] = [0, 0];
    const clock = setInterval(() => (times += 1), callBudgetMs);
    const call = async () => {
      const startedAt = times;
      await expect(ping()).rejects.toBeInstanceOf(RedisAway);
      longest = Math.max(longest, times - startedAt);
    };
    await Promise.all(Array.from({ length: calls }, call));
    for (let n = 0; n < calls; n += 1) await call();
    clearInterval(clock);
    return longest;
  }

  it('answers', async () => {
    expect(await ping()).toBe('PONG');
    expect(redis.healthy).toBe(true);
    expect(lines).toEqual([]);
  });

  it.each<[string, () => unknown, () => unknown]>([
    ['paused', () => server.pause(), () => server.goOn()],
    ['behind a link that drops everything', () => proxy.silence(), () => proxy.mend()],
    ['cut off', () => proxy.cut(), () => proxy.mend()],
    ['slow, two seconds an answer', () => proxy.delay(2000), () => proxy.delay(0)],
    ['killed, and later restarted empty', () => server.kill(), () => server.restart()],
    ['read-only', () => server.command('REPLICAOF', '127.0.0.1', '1'), () => server.command('REPLICAOF', 'NO', 'ONE')],
    [
      'full',
      () => server.command('CONFIG', 'SET', 'maxmemory', '1'),
      () => server.command('CONFIG', 'SET', 'maxmemory', '0'),
    ],
  ])('%s: costs no call more than its limit, says so once, and is back by itself', async (_what, harm, mend) => {
    await harm();
    try {
      await redis.run((client) => client.set('k', 'v')).catch(() => {});
      expect(await longestOf(200)).toBeLessThanOrEqual(3);
      await sleep(1500);
      expect(redis.healthy).toBe(false);
    } finally {
      await mend();
    }
    await healed();
    expect(await ping()).toBe('PONG');
    expect(lines).toEqual(['redis degraded', 'redis healed']);
  });

  it('one call waits 50 ms for all of its commands, not for each, and the next ones not at all', async () => {
    proxy.delay(40);
    const outcomes: string[] = [];
    await onBudget(new CallBudget(), async () => {
      for (let n = 0; n < 4; n += 1) outcomes.push(await ping().catch((error: Error) => error.name));
    });
    expect(outcomes).toEqual(['PONG', 'RedisAway', 'RedisAway', 'RedisAway']);
    expect(redis.healthy).toBe(false);
  });

  it('commands of one call at the same time cost their time once', async () => {
    proxy.delay(20);
    await onBudget(new CallBudget(), async () => {
      expect(await Promise.all(Array.from({ length: 10 }, ping))).toEqual(Array(10).fill('PONG'));
    });
  });

  it('whoever waits when it is found to be slow leaves then, not at the end of a time of one’s own', async () => {
    proxy.silence();
    const first = ping().catch(() => 'left');
    await sleep(30);
    let second = 'waits';
    void ping().catch(() => {
      second = 'left';
    });
    expect(await first).toBe('left');
    await nextTurn();
    expect(second).toBe('left');
  });

  it('is not taken up while it answers, but slowly', async () => {
    proxy.delay(60);
    await ping().catch(() => {});
    proxy.delay(30);
    await sleep(2500);
    expect(redis.healthy).toBe(false);
    proxy.delay(0);
    await healed();
    expect(lines).toEqual(['redis degraded', 'redis healed']);
  });

  it('what somebody else put under a key is said, counted, and gone at the next call', async () => {
    const said: string[] = [];
    let refused = 0;
    const other = await openRedis({ url: server.url, log: logTo(said), onRefused: () => (refused += 1) });
    const count = other.script('testCount', "return redis.call('INCRBY', KEYS[1], 1)");
    for (const foreign of [
      ['RPUSH', 'openward:limit:test', 'x'],
      ['SET', 'openward:limit:test', '{"garbage"'],
    ]) {
      await server.command('DEL', 'openward:limit:test');
      await server.command(...foreign);
      await expect(count('openward:limit:test')).rejects.toThrow(/WRONGTYPE|not an integer/);
      await eventually(
        'the key is removed',
        async () => (await server.command('EXISTS', 'openward:limit:test')) === ':0',
      );
      expect(await count('openward:limit:test')).toBe(1);
    }
    expect([refused, said, other.healthy]).toEqual([2, ['redis refused a command'], true]);
    await other.close();
  });

  it('a refusal of one command is its caller’s, and no reason to leave Redis', async () => {
    await redis.run((client) => client.set('text', 'no list'));
    await expect(redis.run((client) => client.lpush('text', 'x'))).rejects.toThrow(/WRONGTYPE/);
    expect(redis.healthy).toBe(true);
  });

  it('a connection that the server closes is made again', async () => {
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await eventually('Redis is degraded', () => !redis.healthy);
    await healed();
    expect(await ping()).toBe('PONG');
  });

  it('a process that was busy for long does not take Redis for slow', async () => {
    const direct = await openRedis({ url: server.url, log: logTo(lines) });
    const answer = direct.run((client) => client.ping());
    const until = performance.now() + 200;
    while (performance.now() < until);
    expect(await answer).toBe('PONG');
    await direct.close();
  });

  it('away at the start: the start goes on, and it is there later', async () => {
    await server.kill();
    const said: string[] = [];
    const other = await openRedis({ url: server.url, log: logTo(said) });
    expect(other.healthy).toBe(false);
    await server.restart();
    await eventually('the other is healed', () => other.healthy);
    expect(said).toEqual(['redis degraded', 'redis healed']);
    await other.close();
  });
});
