import { RateLimiterMemory } from 'rate-limiter-flexible';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { limits } from '#server/limits.ts';
import { goodPassword } from '../../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { createApi } from '../../../../test/http.ts';
import { needsRedis, startRedis, type TestRedis } from '../../../../test/redis.ts';

/** The limits as they are by default. */
const { 'login.account': account, 'login.known': known } = limits;
const wrong = 'eleven wrong words 11';
const repeat = (status: number, count: number): number[] => Array(count).fill(status);

let last = 0;
function freshAddress(): string {
  last += 1;
  return `198.18.${last >> 8}.${last & 0xff}`;
}

describe.skipIf(!needsRedis('identity/sessions/login-limits-nodes.test.ts'))(
  'the limits of logging in, over two nodes with Redis',
  () => {
    let redis: TestRedis;
    let cluster: TestServer;
    beforeAll(async () => {
      redis = await startRedis();
      const environment = { REDIS_URL: redis.url };
      cluster = await startTestServer({ environment, limits: { 'login.account': account, 'login.known': known } });
    });
    afterAll(async () => {
      await cluster.stop();
      await redis.stop();
    });

    it('of two hundred tries at one account, from as many addresses, ten reach the hash; from its device ten more', async () => {
      const other = await cluster.addNode({ roles: ['api'] });
      const apis = [cluster.api, createApi(other.url)];
      const nodes = [cluster.ctx, other.ctx];
      const spies = nodes.map((ctx) => vi.spyOn(ctx.passwords, 'verify'));
      const countsHere = (['consume', 'get'] as const).map((name) => vi.spyOn(RateLimiterMemory.prototype, name));
      const left = () => countsHere.some(({ mock }) => mock.calls.length > 0);
      const attack = async (email: string, headers: Record<string, string>) => {
        const statuses: (number | undefined)[] = [];
        // Not all at once: on a busy machine Redis would be too slow for that, and each node count for itself.
        for (let wave = 0; wave < 10; wave += 1) {
          const tries = Array.from({ length: 20 }, async (_, index) => {
            const own = { 'x-forwarded-for': freshAddress(), ...headers };
            return apis[index % 2]?.('POST', '/auth/tokens', { email, password: wrong }, { headers: own });
          });
          statuses.push(...(await Promise.all(tries)).map((answer) => answer?.status));
        }
        return statuses.sort();
      };
      const trial = async () => {
        const { email } = await cluster.people.patient();
        const first = await cluster.api('POST', '/auth/tokens', { email, password: goodPassword });
        const hashed = () => spies.flatMap(({ mock }) => mock.calls).length;
        const before = hashed() - 1;
        const strangers = await attack(email, {});
        const fromDevice = await attack(email, { 'openward-device': first.body.deviceToken });
        return { strangers, fromDevice, hashed: hashed() - before };
      };
      let found = await trial();
      // A trial in which a node did not wait for Redis says nothing of what is counted there.
      for (let more = 0; left() && more < 9; more += 1) {
        await eventually('both nodes are back at Redis', () => nodes.every(({ redis }) => redis?.healthy));
        for (const spy of countsHere) spy.mockClear();
        found = await trial();
      }
      expect(found).toEqual({
        strangers: [...repeat(401, account.points - 1), ...repeat(429, 200 - account.points + 1)],
        fromDevice: [...repeat(401, known.points - 1), ...repeat(429, 200 - known.points + 1)],
        hashed: account.points + known.points - 1,
      });
    });
  },
);
