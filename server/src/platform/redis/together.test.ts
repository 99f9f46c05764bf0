import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, silentLog } from '../../../test/harness.ts';
import { needsRedis, startRedis, type TestRedis } from '../../../test/redis.ts';
import { openRedis, type Redis, RedisAway } from './connect.ts';

describe.skipIf(!needsRedis('platform/redis/together.test.ts'))('what many ask of Redis in one turn', () => {
  let server: TestRedis;
  let redis: Redis;
  let add: (key: string, ...values: string[]) => Promise<unknown>;
  beforeAll(async () => {
    server = await startRedis();
    redis = await openRedis({ url: server.url, log: silentLog });
    add = redis.script('testAdd', "return { redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2] }");
  });
  afterAll(async () => {
    await redis.close();
    await server.stop();
  });

  async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
    await server.command('CONFIG', 'RESETSTAT');
    await work();
    const said = await server.command('INFO', 'commandstats');
    return [...said.matchAll(/cmdstat_(mget|eval|evalsha):calls=(\d+)/g)].map(([, name, calls]) => `${name} ${calls}`);
  }

  it('is one command for sixteen, and each is answered with its own', async () => {
    await add('openward:first', '1', 'x');
    const keys = Array.from({ length: 100 }, (_, n) => `openward:n:${n % 50}`);
    let answers: unknown[] = [];
    const commands = await commandsOf(async () => {
      answers = await Promise.all(keys.map((key, n) => add(key, String(n), `v${n}`)));
    });
    expect(commands).toEqual(['evalsha 7']);
    expect(answers).toEqual(keys.map((_, n) => [n < 50 ? n : n + n - 50, `v${n}`]));
  });

  it('is each with its own keys where a script has several', async () => {
    const move = redis.script(
      'testMove',
      "return { redis.call('DECRBY', KEYS[1], ARGV[1]), redis.call('INCRBY', KEYS[2], ARGV[1]), ARGV[2], #KEYS, #ARGV }",
      2,
    );
    await move('openward:here', 'openward:there', '0', '');
    let answers: unknown[] = [];
    const commands = await commandsOf(async () => {
      answers = await Promise.all(
        Array.from({ length: 16 }, (_, n) => move(`openward:from:${n}`, `openward:to:${n}`, String(n), `v${n}`)),
      );
    });
    expect(commands).toEqual(['evalsha 1']);
    expect(answers).toEqual(Array.from({ length: 16 }, (_, n) => [n === 0 ? 0 : -n, n, `v${n}`, 2, 2]));
  });

  it('is read by one command, each its own keys', async () => {
    await server.command('MSET', 'openward:a', '1', 'openward:b', '2');
    await server.command('RPUSH', 'openward:list', 'x');
    let values: unknown[] = [];
    const commands = await commandsOf(async () => {
      const asked = [['openward:b'], ['openward:none', 'openward:a'], ['openward:list', 'openward:b', 'openward:a']];
      values = await Promise.all(asked.map((keys) => redis.read(keys)));
    });
    expect(values).toEqual([['2'], [null, '1'], [null, '2', '1']]);
    expect(commands).toEqual(['mget 1']);
  });

  it('fails for that one alone under whose key somebody else put something, and counts the others once', async () => {
    await server.command('SET', 'openward:foreign', '{"garbage"');
    const keys = ['openward:p', 'openward:foreign', 'openward:q'];
    const answers = await Promise.all(keys.map((key) => add(key, '3', '').catch((error: Error) => error.message)));
    expect(answers).toEqual([[3, ''], expect.stringMatching(/^ERR value is not an integer/), [3, '']]);
    expect(await server.command('MGET', 'openward:p', 'openward:q')).toBe('*2\r\n$1\r\n3\r\n$1\r\n3');
    expect(redis.healthy).toBe(true);
  });

  it.each([
    ['read-only', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
    ['full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
  ])('is no one key’s matter when Redis is %s: then it is away', async (_what, harm, mend) => {
    await server.command(...harm);
    const answers = await Promise.allSettled(['openward:x', 'openward:y'].map((key) => add(key, '1', '')));
    expect(answers.map((answer) => answer.status === 'rejected' && answer.reason)).toEqual([away, away]);
    expect(redis.healthy).toBe(false);
    await server.command(...mend);
    await eventually('Redis is healed', () => redis.healthy);
  });
});

const away = expect.any(RedisAway);
