import { setTimeout as sleep } from 'node:timers/promises';
import { type Doctor, getDoctor } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { createApi } from '../../../test/http.ts';
import { freePort, needsRedis, startRedis, type TestRedis } from '../../../test/redis.ts';
import { cachePolicies } from '../../cache-policies.ts';
import type { RunningNode } from '../../start-node.ts';
import { newId } from '../id.ts';
import { copiesOf } from './copies.ts';
import type { CopyPolicy } from './policy.ts';
import { sealCopy } from './sealed-copy.ts';

type Source<T> = { (): Promise<T>; count: number };

describe.skipIf(!needsRedis('platform/cache/cache.test.ts'))('a copy', () => {
  let redis: TestRedis;
  let server: TestServer;
  let nodeB: RunningNode;
  beforeAll(async () => {
    redis = await startRedis();
    server = await startTestServer({ environment: { REDIS_URL: redis.url } });
    nodeB = await server.addNode({ roles: ['api'] });
  });
  afterAll(async () => {
    await server.stop();
    await redis.stop();
  });

  // A busy machine may leave Redis for a moment.
  beforeEach(() =>
    eventually('Redis is there', () => server.ctx.redis?.healthy === true && nodeB.ctx.redis?.healthy === true),
  );

  let kinds = 0;
  /** A kind of its own for each test, kept like profiles but for what is said. */
  function kindOf(changes: Partial<CopyPolicy<string>> = {}) {
    kinds += 1;
    return copiesOf({ ...cachePolicies.doctorProfile, name: `test-${kinds}`, ...changes }, getDoctor);
  }

  const doctor = (bio: string): Doctor => ({
    id: newId(),
    fullName: 'Doc Example',
    specialty: { code: 'cardiology', name: 'Cardiology' },
    experienceYears: 1,
    languages: [],
    bio,
    acceptingRequests: true,
    address: null,
    rating: { average: null, count: 0, score: 2.047 },
  });

  /** Counts how often it is asked. */
  function source(): Source<Doctor>;
  function source<T>(work: () => Promise<T>): Source<T>;
  function source(work: () => Promise<unknown> = async () => doctor('it')) {
    const load = async () => {
      load.count += 1;
      return work();
    };
    load.count = 0;
    return load;
  }

  const change = (subject: string) =>
    server.ctx.db.execute(sql`INSERT INTO cache_changes (xid, subject) VALUES (pg_current_xact_id(), ${subject})`);

  /** Longer than an answer needs no proof. */
  const pass = () => sleep(60);

  const slowly = async () => {
    await pass();
    return doctor('it');
  };

  it('is read once for all who ask at one time on a node', async () => {
    const [kind, load] = [kindOf(), source(slowly)];
    const read = await Promise.all(Array.from({ length: 200 }, () => server.ctx.cache.read(kind, 'x', load)));
    expect(load.count).toBe(1);
    expect(new Set(read).size).toBe(1);
  });

  it('that is dear is read once for all nodes together', async () => {
    const kind = kindOf({ oneNodeReads: true });
    const load = source(slowly);
    const both = [server.ctx.cache, nodeB.ctx.cache];
    const read = await Promise.all(Array.from({ length: 100 }, (_, n) => both[n % 2]?.read(kind, 'x', load)));
    expect(load.count).toBe(1);
    expect(new Set(read.map((one) => one?.bio))).toEqual(new Set(['it']));
    // Again, when it has changed.
    await change('doctor:x');
    await pass();
    await Promise.all(Array.from({ length: 100 }, (_, n) => both[n % 2]?.read(kind, 'x', load)));
    expect(load.count).toBe(2);
  });

  it('that is dear is not waited for in vain: whoever was to read it died', async () => {
    const [kind, load] = [kindOf({ oneNodeReads: true }), source()];
    await server.ctx.cache.read(kind, 'other', source());
    const [key = ''] =
      (await redis.command('KEYS', `openward:cache:*:${kind.policy.name}:other`)).match(/openward:\S+/) ?? [];
    await redis.command('SET', `${key.replace(/other$/, 'x')}:lock`, 'of the dead', 'PX', '300');
    await server.ctx.cache.read(kind, 'x', load);
    expect(load.count).toBe(1);
  });

  it('comes from memory, from Redis on the other node, and from the database after a change', async () => {
    const [kind, load] = [kindOf(), source()];
    for (let n = 0; n < 3; n += 1) {
      await server.ctx.cache.read(kind, 'x', load);
      await pass();
    }
    expect(load.count).toBe(1);
    await eventually('it is in Redis', async () => (await redis.command('KEYS', `*${kind.policy.name}:x`)) !== '*0');
    expect((await nodeB.ctx.cache.read(kind, 'x', load)).bio).toBe('it');
    expect(load.count).toBe(1);
    await change('doctor:x');
    await pass();
    for (const { ctx } of [server, nodeB]) await ctx.cache.read(kind, 'x', load);
    expect(load.count).toBeGreaterThan(1);
    const before = load.count;
    await change('doctor:somebody-else');
    await pass();
    for (const { ctx } of [server, nodeB]) await ctx.cache.read(kind, 'x', load);
    expect(load.count).toBe(before);
  });

  it('that is being read is not for who comes after a change, and is no copy once it is there', async () => {
    const kind = kindOf();
    for (let n = 0; n < 10; n += 1) {
      const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<Doctor>()];
      const early = server.ctx.cache.read(kind, `x${n}`, () => {
        begun.resolve();
        return gate.promise;
      });
      await begun.promise;
      await change(`doctor:x${n}`);
      await pass();
      const late = server.ctx.cache.read(kind, `x${n}`, async () => doctor('new'));
      // It has asked for changes by now, and waits.
      await pass();
      gate.resolve(doctor('old'));
      expect([(await early).bio, (await late).bio]).toEqual(['old', 'new']);
      for (const { ctx } of [server, nodeB])
        expect((await ctx.cache.read(kind, `x${n}`, async () => doctor('new'))).bio).toBe('new');
    }
  });

  it('cannot be changed by who reads it', async () => {
    const read = await server.ctx.cache.read(kindOf(), 'x', source());
    expect(() => {
      read.bio = 'mine';
    }).toThrow(TypeError);
    expect(() => read.languages.push('xx')).toThrow(TypeError);
  });

  it('past its time goes on answering while it is read anew, and while that fails, but not for ever', async () => {
    const kind = kindOf({ freshMs: { least: 1, jitter: 0 }, graceMs: 1500 });
    let bio: string | null = 'first';
    const reading = { count: 0 };
    const load = async () => {
      reading.count += 1;
      if (bio === null) throw new Error('The database is busy.');
      return doctor(bio);
    };
    const read = async () => (await server.ctx.cache.read(kind, 'x', load)).bio;
    expect(await read()).toBe('first');
    await pass();
    bio = 'second';
    expect(await read()).toBe('first');
    await eventually('it has been read anew', async () => (await read()) === 'second');
    bio = null;
    const before = reading.count;
    await eventually('reading anew has failed', async () => {
      expect(await read()).toBe('second');
      return reading.count > before;
    });
    await eventually('the grace is over', () =>
      read().then(
        () => false,
        (error: Error) => error.message.includes('busy'),
      ),
    );
    bio = 'third';
    expect(await read()).toBe('third');
  });

  it('of nothing there is forgotten soon, is not in Redis, and cannot fill the memory', async () => {
    const kind = kindOf({ missingMs: 200, memory: { maxEntries: 10, maxBytes: 100_000 } });
    const load = source<Doctor | null>(async () => null);
    expect(await server.ctx.cache.read(kind, 'x', load)).toBeNull();
    await pass();
    expect(await server.ctx.cache.read(kind, 'x', load)).toBeNull();
    expect(load.count).toBe(1);
    await eventually('it is asked for again', async () => {
      await server.ctx.cache.read(kind, 'x', load);
      return load.count > 1;
    });
    for (let n = 0; n < 11; n += 1) await server.ctx.cache.read(kind, `other ${n}`, load);
    const before = load.count;
    await server.ctx.cache.read(kind, 'x', load);
    expect(load.count).toBe(before + 1);
    expect(await redis.command('KEYS', `*${kind.policy.name}*`)).toBe('*0');
  });

  it('too large for the memory is answered, and not held', async () => {
    const kind = kindOf({ memory: { maxEntries: 10, maxBytes: 100_000 } });
    const large = source(async () => doctor('x'.repeat(100_000)));
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    expect((await server.ctx.cache.read(kind, 'large', large)).bio).toHaveLength(100_000);
    const small = source();
    await server.ctx.cache.read(kind, 'small', small);
    await pass();
    await server.ctx.cache.read(kind, 'small', small);
    expect(small.count).toBe(1);
  });

  it('of a shape that this version does not know is a miss, though it is ours, and is counted', async () => {
    const [kind, load] = [kindOf(), source()];
    await server.ctx.cache.read(kind, 'known', source());
    const [known = ''] = await eventually('it is in Redis', async () =>
      (await redis.command('KEYS', `*${kind.policy.name}:known`)).match(/openward:\S+/),
    );
    const key = known.replace(/known$/, 'x');
    const goodUntilMs = Date.now() + 600_000;
    const copy = { value: { ...doctor('it'), bio: 7 }, horizon: 1e12, freshUntilMs: goodUntilMs, goodUntilMs };
    await redis.command('SET', key, sealCopy(server.ctx.keys.encryption.current, key, copy));
    const refused: string[] = [];
    const { metrics } = nodeB.ctx;
    const { refused: count } = metrics.cache;
    metrics.cache.refused = (policy, why) => void refused.push(`${policy} ${why}`);
    expect((await nodeB.ctx.cache.read(kind, 'x', load)).bio).toBe('it');
    metrics.cache.refused = count;
    expect(load.count).toBe(1);
    expect(refused).toEqual([`${kind.policy.name} misshapen`]);
  });

  it('that answers is counted, by policy and layer', async () => {
    const port = await freePort();
    const counting = await server.addNode({ roles: ['api'], environment: { METRICS_PORT: String(port) } });
    const { id } = await server.people.doctor();
    for (let n = 0; n < 3; n += 1) await createApi(counting.url)('GET', `/doctors/${id}`);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('openward_cache_reads_total{policy="doctor-profile-2",layer="database"} 1');
    expect(metrics).toContain('openward_cache_reads_total{policy="doctor-profile-2",layer="memory"} 2');
  });

  it('is none inside a transaction, which sees what it has done itself, and keeps nothing of it', async () => {
    const person = await server.people.doctor();
    const kind = kindOf();
    const bioOf = (ctx: TestServer['ctx']) => async () => {
      const { rows } = await ctx.db.execute<{ bio: string | null }>(
        sql`SELECT bio FROM doctors WHERE account_id = ${person.id}`,
      );
      return doctor(rows[0]?.bio ?? 'none');
    };
    const read = async (ctx: TestServer['ctx']) => (await ctx.cache.read(kind, person.id, bioOf(ctx))).bio;
    expect(await read(server.ctx)).toBe('none');
    const failing = server.ctx.tx(async (ctx) => {
      await ctx.db.execute(sql`UPDATE doctors SET bio = 'mine' WHERE account_id = ${person.id}`);
      expect(await read(ctx)).toBe('mine');
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await read(server.ctx)).toBe('none');
  });

  it('is refused for what is not for everybody', async () => {
    const contracts = await import('@openward/contracts');
    expect(() => copiesOf(cachePolicies.doctorProfile, contracts.getMe)).toThrow(/no place in a cache/);
  });
});
