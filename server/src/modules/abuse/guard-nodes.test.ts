import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClock } from '../../../test/authenticator.ts';
import { countOf } from '../../../test/database.ts';
import { eventually, type TestServer } from '../../../test/harness.ts';
import { createApi } from '../../../test/http.ts';
import { needsRedis, startProxy, startRedis, type TestProxy, type TestRedis } from '../../../test/redis.ts';
import type { RunningNode } from '../../start-node.ts';
import { removeOldSubjects, settleCases } from './settle-cases.ts';
import { casesOf, idOfAge, newAddress, startGuarded, tell, times, untilStep, walk } from './test-support.ts';

describe.skipIf(!needsRedis('modules/abuse/guard-nodes.test.ts'))('two nodes and one Redis', () => {
  let redis: TestRedis;
  let proxy: TestProxy;
  let server: TestServer & { clock: TestClock };
  let other: RunningNode;
  beforeAll(async () => {
    redis = await startRedis();
    proxy = await startProxy(redis.port);
    server = await startGuarded({ REDIS_URL: proxy.url });
    other = await server.addNode({ roles: ['api'], overrides: { clock: server.clock } });
  });
  afterAll(async () => {
    await server.stop();
    await Promise.all([proxy.stop(), redis.stop()]);
  });

  const get = (node: { url: string }, ip: string) =>
    createApi(node.url)('GET', '/specialties', undefined, { headers: { 'x-forwarded-for': ip } });

  async function askedOn(node: { url: string }, ip: string): Promise<void> {
    await eventually('the node asks for a proof', async () => (await get(node, ip)).status === 428);
  }

  async function toProof(node: { ctx: RunningNode['ctx'] }, ip: string): Promise<void> {
    for (const step of ['slow', 'proof']) {
      walk(node, { ip }, 30);
      await untilStep(server, 'id-walking', ip, step);
    }
  }

  const healthy = () =>
    eventually('Redis is back', () => [server, other].every(({ ctx }) => ctx.redis?.healthy === true));

  it('count together, and each holds up what the other found', async () => {
    const ip = newAddress();
    // On each node fewer than the step takes: neither would find it alone. Some may be lost on the way to a busy Redis.
    let walked = 0;
    for (const [step, least] of [
      ['slow', 30],
      ['proof', 60],
    ] as const)
      await eventually(`together they are at ${step}`, async () => {
        walked += 1;
        if (walked < least) for (const node of [server, other]) walk(node, { ip }, 1);
        return (await casesOf(server, ip)).some((one) => one.step === step);
      });
    for (const node of [server, other]) await askedOn(node, ip);
    expect(await countOf(server.ctx, sql`SELECT count(*) AS n FROM abuse_cases WHERE subject = ${ip}`)).toBe(1);
  });

  it('and keep no address and no account in Redis, and nothing for longer than its window', async () => {
    const [ip, id] = [newAddress(), idOfAge(30)];
    walk(server, { ip }, 3);
    tell(server, { ip, id }, 1, () => ({ kind: 'read', route: '/me' }));
    const keys = await eventually('there are keys', async () => {
      const reply = await redis.command('KEYS', 'openward:abuse:*');
      return reply.includes('count:') && reply.includes('standing:') && reply;
    });
    for (const key of keys.match(/openward:abuse:\S+/g) ?? []) {
      expect(key).toMatch(/^openward:abuse:(count|standing):[\w-]{22,43}$/);
      expect(Number((await redis.command('PTTL', key)).slice(1))).toBeGreaterThan(0);
      const dump = await redis.command(
        key.includes('count') ? 'HGETALL' : 'ZRANGE',
        key,
        ...(key.includes('count') ? [] : ['0', '-1']),
      );
      for (const secret of [ip, id]) expect(dump).not.toContain(secret);
    }
  });

  it('an address with many old accounts in good standing behind it is blamed less for a stranger; with new ones it is not', async () => {
    const [clinic, ring] = [newAddress(), newAddress()];
    const [here, there, fresh] = [10, 10, 20].map((count, index) =>
      times(count).map(() => idOfAge(index === 2 ? 0 : 30)),
    );
    const visit = (node: { ctx: RunningNode['ctx'] }, ip: string, ids: string[] = []) => {
      for (const id of ids) tell(node, { ip, id }, 1, () => ({ kind: 'read', route: '/me' }));
    };
    visit(server, ring, fresh);
    // Half of them call on the other node; a command that Redis was too busy for is sent again with the next call.
    await eventually('Redis knows those of both nodes', async () => {
      visit(other, clinic, there);
      visit(server, clinic, here);
      const keys = (await redis.command('KEYS', '*standing*')).match(/openward:\S+/g) ?? [];
      const counts = await Promise.all(keys.map((key) => redis.command('ZCARD', key)));
      return counts.includes(':20');
    });
    walk(server, { ip: clinic }, 120);
    walk(server, { ip: ring }, 30);
    await untilStep(server, 'id-walking', ring, 'slow');
    expect(await casesOf(server, clinic)).toEqual([]);
    walk(server, { ip: clinic }, 100);
    const { score } = await untilStep(server, 'id-walking', clinic, 'slow');
    expect(score).toBeGreaterThanOrEqual(30);
    // Without them it would be 220.
    expect(score).toBeLessThan(220 / 4);
  });

  it('Redis killed: each counts in its memory, and what is decided is known to both', async () => {
    await redis.kill();
    const ip = newAddress();
    await toProof(server, ip);
    for (const node of [server, other]) await askedOn(node, ip);
    await redis.restart();
    await healthy();
  });

  it('Redis flushed: what the node counted itself still counts', async () => {
    const ip = newAddress();
    walk(server, { ip }, 29);
    await eventually('it is counted', async () => (await redis.command('KEYS', '*count*')).length > 2);
    await redis.command('FLUSHALL');
    walk(server, { ip }, 1);
    await untilStep(server, 'id-walking', ip, 'slow');
  });

  it('Redis slow: no call waits for it longer than 50 ms, and the counts go on', async () => {
    proxy.delay(2000);
    const ip = newAddress();
    await toProof(server, ip);
    await askedOn(server, ip);
    proxy.delay(0);
    await healthy();
  });

  it('Redis lying: whoever can write to it makes no case out of a few mistyped paths', async () => {
    const ip = newAddress();
    const before = await redis.command('KEYS', '*count*');
    walk(server, { ip }, 1);
    const keys = await eventually('it is counted', async () => {
      const now = (await redis.command('KEYS', '*count*')).match(/openward:\S+/g) ?? [];
      const fresh = now.filter((key) => !before.includes(key));
      return fresh.length === 2 && fresh;
    });
    for (const key of keys) await redis.command('HSET', key, 'score', '100000');
    walk(server, { ip }, 2);
    for (const key of keys) await redis.command('HSET', key, 'score', 'nonsense');
    walk(server, { ip }, 1);
    const witness = newAddress();
    walk(server, { ip: witness }, 30);
    await untilStep(server, 'id-walking', witness, 'slow');
    expect(await casesOf(server, ip)).toEqual([]);
  });

  it('a node that hears nothing from the others reads it from the database', async () => {
    const ip = newAddress();
    const id = crypto.randomUUID();
    const now = new Date().toISOString();
    const until = new Date(server.clock.now().getTime() + 600_000).toISOString();
    await server.ctx.db.execute(sql`INSERT INTO abuse_cases
      (id, rule, subject_type, subject, step, until, score, evidence, opened_at, changed_at)
      VALUES (${id}, 'id-walking', 'address', ${ip}, 'proof', ${until}, 60, '{}', ${now}, ${now})`);
    for (const node of [server, other]) await askedOn(node, ip);
  });

  it('with ABUSE_DETECTION=watch cases are opened, and hold up nobody; off there are none', async () => {
    const clock = server.clock;
    const watching = await server.addNode({
      roles: ['api'],
      environment: { ABUSE_DETECTION: 'watch' },
      overrides: { clock },
    });
    const off = await server.addNode({ roles: ['api'], environment: { ABUSE_DETECTION: 'off' }, overrides: { clock } });
    const [watched, unseen] = [newAddress(), newAddress()];
    walk(off, { ip: unseen }, 100);
    await toProof(watching, watched);
    expect((await get(watching, watched)).status).toBe(200);
    expect(await casesOf(server, unseen)).toEqual([]);
  });

  it('an address is kept for 30 days after its case has ended, then removed', async () => {
    const ip = newAddress();
    walk(server, { ip }, 30);
    const { id } = await untilStep(server, 'id-walking', ip, 'slow');
    const subject = () =>
      countOf(server.ctx, sql`SELECT count(*) AS n FROM abuse_cases WHERE id = ${id} AND subject = ${ip}`);
    server.clock.putForward(11 * 60_000);
    await settleCases(server.ctx);
    server.clock.putForward(29 * 86_400_000);
    await removeOldSubjects(server.ctx);
    expect(await subject()).toBe(1);
    server.clock.putForward(86_400_000);
    await removeOldSubjects(server.ctx);
    expect(await subject()).toBe(0);
    const traces = sql`SELECT (SELECT count(*) FROM audit_log WHERE subject_id = ${id} AND (ip = ${ip} OR details::text LIKE ${`%${ip}%`}))
      + (SELECT count(*) FROM security_events WHERE details->>'caseId' = ${id} AND ip = ${ip}) AS n`;
    expect(await countOf(server.ctx, traces)).toBe(0);
  });
});
