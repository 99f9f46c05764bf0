import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/harness.ts';
import { needsRedis, startRedis, type TestRedis } from '../../../test/redis.ts';
import { createRedisSecurity, type RedisSecurity } from '../../../test/redis-security.ts';
import { openRedis, type Redis } from './connect.ts';
import { openListener } from './open-client.ts';
import { parseRedisUrl, type RedisTarget } from './redis-url.ts';

type Line = { level: number; msg: string; error: string; advice?: string };

// Sentinel and cluster have theirs in test/redis-sentinel.test.ts and test/redis-cluster.test.ts.
describe.skipIf(!needsRedis('platform/redis/secured.test.ts'))(
  'a Redis that asks for TLS, certificates and a password',
  () => {
    const userPassword = 'of the user:@/?';
    let security: RedisSecurity;
    let server: TestRedis;
    const open: { redis: Redis; lines: Line[] }[] = [];
    beforeAll(async () => {
      security = await createRedisSecurity();
      server = await startRedis([], security);
      // As docs/operations.md lists the rights.
      const rights = [
        '~openward:*',
        '&openward:*',
        '+@all',
        '-@admin',
        '-@dangerous',
        '+info',
        '+cluster|slots',
        '+cluster|info',
      ];
      await server.command('ACL', 'SETUSER', 'openward', 'on', `>${userPassword}`, 'resetchannels', ...rights);
      await server.command('ACL', 'SETUSER', 'onlooker', 'on', `>${userPassword}`, '~*', '&*', '+@read', '+info');
    });
    afterAll(async () => {
      await Promise.all(open.map(({ redis }) => redis.close()));
      await server.stop();
      await security.remove();
    });

    async function connect(url: string): Promise<{ redis: Redis; lines: Line[] }> {
      const lines: Line[] = [];
      const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
      const opened = { redis: await openRedis({ url, log }), lines };
      open.push(opened);
      return opened;
    }
    function parsed(url: string): RedisTarget {
      const target = parseRedisUrl(url);
      if (target === null) throw new Error('This is no URL of a Redis.');
      return target;
    }
    const at = (userinfo: string, query = security.query) => `rediss://${userinfo}127.0.0.1:${server.tlsPort}?${query}`;
    const user = (name: string, password: string) => `${name}:${encodeURIComponent(password)}@`;

    it.each([
      ['the password', () => server.url],
      ['a user of the access list', () => at(user('openward', userPassword))],
    ])('is used with %s: commands, scripts, events', async (_what, url) => {
      const { redis, lines } = await connect(url());
      expect(redis.healthy).toBe(true);
      const count = redis.script('testCount', "return redis.call('INCRBY', KEYS[1], ARGV[1])");
      const key = `openward:test:${crypto.randomUUID()}`;
      expect(await count(key, '2')).toBe(2);
      expect(await redis.run((client) => client.get(key))).toBe('2');
      const heard: string[] = [];
      redis.listen('openward:test', {
        onListening: () => void redis.publish('openward:test', 'hello'),
        onText: (text) => void heard.push(text),
        onLost: () => {},
      });
      await eventually('the event came', () => heard.length > 0);
      expect(heard).toEqual(['hello']);
      expect(lines).toEqual([]);
    });

    const ca = () => `ca=${encodeURIComponent(security.ca)}`;
    const mistakes: [what: string, url: () => string, advice: RegExp][] = [
      ['a wrong password', () => at(':wrong@'), /^Check the user and the password in REDIS_URL/],
      ['an unknown user', () => at(user('nobody', userPassword)), /^Check the user and the password in REDIS_URL/],
      ['no password', () => at(''), /put it into REDIS_URL/],
      ['a user without the rights', () => at(user('onlooker', userPassword)), /^Give the user in REDIS_URL the rights/],
      ['no CA of its own', () => at(security.userinfo, 'tls=on'), /^Name the file of the CA/],
      [
        'the CA of somebody else',
        () => at(security.userinfo, `ca=${encodeURIComponent(security.otherCa)}`),
        /^Name the file of the CA/,
      ],
      ['no certificate of its own', () => at(security.userinfo, ca()), /cert= and key= in REDIS_URL/],
      [
        'a name that is not in the certificate',
        () => at(security.userinfo).replace('127.0.0.1', '127.0.0.2'),
        /by a name that is in its certificate|Check that Redis runs/,
      ],
      [
        'a port that does not speak TLS',
        () => server.url.replace(`${server.tlsPort}`, `${server.port}`),
        /TLS on both sides/,
      ],
      ['nobody there', () => server.url.replace(`${server.tlsPort}`, '1'), /^Check that Redis runs/],
      [
        'a cluster’s URL',
        () => server.url.replace('rediss:', 'redis+cluster:').replace('?', '?tls=on&'),
        /is no cluster/,
      ],
      [
        'a sentinel’s URL',
        () => server.url.replace('rediss:', 'redis+sentinel:').replace('?', '?tls=on&'),
        /sentinels/,
      ],
    ];

    it.concurrent.each(mistakes)(
      'with %s: one line says what to do, without secrets, and all goes on',
      async (_what, url, advice) => {
        const { redis, lines } = await connect(url());
        expect(redis.healthy).toBe(false);
        expect(lines.map(({ msg }) => msg)).toEqual(['redis degraded']);
        expect(lines[0]?.advice).toMatch(advice);
        for (const secret of [security.password, userPassword, 'wrong']) {
          expect(JSON.stringify(lines)).not.toContain(secret);
          expect(JSON.stringify(lines)).not.toContain(encodeURIComponent(secret));
        }
        await redis.close();
      },
    );

    it('is left at any moment, also while TLS begins with a certificate that is not trusted, without an error that nobody hears', async () => {
      const unheard: Error[] = [];
      const hear = (error: Error) => void unheard.push(error);
      process.on('uncaughtExceptionMonitor', hear);
      const to = { ...parsed(at(security.userinfo, 'tls=on')), tls: {} };
      for (let n = 0; n < 100; n += 1) {
        const client = openListener(to, undefined);
        const ended = new Promise((resolve) => client.once('end', resolve));
        client.on('error', () => {});
        await sleep((n % 25) / 5);
        client.disconnect();
        await ended;
      }
      process.off('uncaughtExceptionMonitor', hear);
      expect(unheard).toEqual([]);
    });

    it('is taken up without a restart once its password is the one in the URL', async () => {
      const { redis, lines } = await connect(at(':a%20later%20one@'));
      expect(redis.healthy).toBe(false);
      await server.command('CONFIG', 'SET', 'requirepass', 'a later one');
      await eventually('Redis is healed', () => redis.healthy);
      expect(lines.map(({ msg }) => msg)).toEqual(['redis degraded', 'redis healed']);
    });
  },
);
