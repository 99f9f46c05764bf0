import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, eventsOf, rowsOf } from '../../../../test/database.ts';
import { DatabaseProxy } from '../../../../test/database-proxy.ts';
import type { Person } from '../../../../test/factories.ts';
import { eventually, silentLog, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, createApi } from '../../../../test/http.ts';
import { freePort, needsRedis, startRedis, type TestRedis } from '../../../../test/redis.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { type RunningNode, startNode } from '../../../start-node.ts';
import { type CacheOutcome, markSessionsChanged } from './session-cache.ts';

/** The longest that an ended session may be let through by anyone, whatever fails. */
const floorMs = 1000;

describe.skipIf(!needsRedis('modules/identity/sessions/session-cache.test.ts'))('copies of sessions in Redis', () => {
  let redis: TestRedis;
  let server: TestServer;
  /** A second node, whose main database can be held and taken away. */
  let node: RunningNode;
  let proxy: DatabaseProxy;
  let looks: CacheOutcome[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    server = await startTestServer({ environment: { REDIS_URL: redis.url } });
    proxy = new DatabaseProxy(server.urls.main);
    const urls = { ...server.urls, main: await proxy.start() };
    const metrics = {
      ...createMetrics(),
      sessionCache: { count: (outcome: CacheOutcome) => void looks.push(outcome) },
    };
    node = await startNode({
      config: server.config,
      urls,
      roles: ['api', 'chat'],
      log: silentLog,
      overrides: { metrics },
    });
  });
  afterAll(async () => {
    proxy.heal();
    await node.stop();
    await proxy.stop();
    await server.stop();
    await redis.stop();
  });

  /** A call on the second node. */
  function read({ accessToken }: Person, path = '/auth/sessions'): Promise<Answer> {
    return createApi(node.url)('GET', path, undefined, { headers: { authorization: `Bearer ${accessToken}` } });
  }

  /** How the second node's looks end while something is done. */
  async function looksDuring(work: () => Promise<unknown>): Promise<CacheOutcome[]> {
    looks = [];
    await work();
    return looks;
  }

  const keyOf = ({ id, sessionId }: Person) => `openward:session:1:{${id}}:${sessionId}`;
  const markKeyOf = ({ id }: Person) => `openward:session:1:{${id}}`;
  const stored = async (key: string) => (await redis.command('GET', key)).split('\r\n')[1] ?? null;

  /** Somebody whose copy is in Redis. */
  async function cached(person: Person): Promise<Person> {
    await read(person);
    await eventually('the copy is there', () => stored(keyOf(person)));
    return person;
  }
  const cachedPatient = async () => cached(await server.people.patient());

  /** Waits until a call is refused. @returns how long it took. */
  async function refusedAfterMs(person: Person, path?: string): Promise<number> {
    const startedAt = performance.now();
    await eventually('the call is refused', async () => (await read(person, path)).status !== 200);
    return performance.now() - startedAt;
  }

  it('answer for the database, on every node', async () => {
    const patient = await server.people.patient();
    expect(await looksDuring(() => read(patient))).toEqual(['miss']);
    await eventually('the copy is there', () => stored(keyOf(patient)));
    const held = proxy.holdAnswerTo('session_state', async () => {});
    let asked = false;
    void held.then(() => {
      asked = true;
    });
    const again = async () => {
      for (let n = 0; n < 20; n += 1) expect((await read(patient)).status).toBe(200);
    };
    expect(new Set(await looksDuring(again))).toEqual(new Set(['hit']));
    expect(asked).toBe(false);
    await read(await server.people.patient());
    await held;
  });

  it('are counted, by how each look ended', async () => {
    const port = await freePort();
    const counting = await server.addNode({ roles: ['api'], environment: { METRICS_PORT: String(port) } });
    const patient = await cachedPatient();
    const headers = { authorization: `Bearer ${patient.accessToken}` };
    await createApi(counting.url)('GET', '/auth/sessions', undefined, { headers });
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('openward_session_cache_total{outcome="hit"} 1');
  });

  it('live for 45 to 60 s, or to the end of the session', async () => {
    const patient = await cachedPatient();
    const ttlMs = Number((await redis.command('PTTL', keyOf(patient))).slice(1));
    expect(ttlMs).toBeGreaterThan(40_000);
    expect(ttlMs).toBeLessThanOrEqual(60_000);

    const short = await server.people.patient();
    await server.ctx.db.execute(
      sql`UPDATE sessions SET expires_at = now() + interval '1 s' WHERE id = ${short.sessionId}`,
    );
    await cached(short);
    // A Redis that forgets to forget changes nothing.
    await redis.command('PERSIST', keyOf(short));
    const isOver = sql`SELECT count(*) AS n FROM sessions WHERE id = ${short.sessionId} AND expires_at <= now()`;
    await eventually('the session has run out', async () => (await countOf(server.ctx, isOver)) === 1);
    expect((await read(short)).body.code).toBe('session-ended');
  });

  it('do not keep a session from being seen, once a minute at most', async () => {
    const patient = await server.people.patient();
    const seen = async () => {
      const [row] = await rowsOf<{ at: string }>(
        server.ctx,
        sql`SELECT last_seen_at::text AS at FROM sessions WHERE id = ${patient.sessionId}`,
      );
      return row?.at;
    };
    await server.ctx.db.execute(
      sql`UPDATE sessions SET last_seen_at = now() - interval '2 minutes' WHERE id = ${patient.sessionId}`,
    );
    const before = await seen();
    await read(patient);
    const once = await seen();
    expect(once).not.toBe(before);
    for (let n = 0; n < 5; n += 1) await read(patient);
    expect(await seen()).toBe(once);
  });

  describe('take the points of a call on the way', () => {
    const limitKeyOf = ({ id }: Person) => `openward:limit:account.read:{${id}}`;
    const pointsOf = async (person: Person) => Number(await stored(limitKeyOf(person)));
    /** What the header RateLimit says is left. */
    const leftBy = ({ headers }: Answer) => Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);

    it('one of each call, whether a copy answers or the database', async () => {
      const patient = await server.people.patient();
      const answers = [await read(patient)];
      await cached(patient);
      const before = await pointsOf(patient);
      for (let n = 0; n < 5; n += 1) answers.push(await read(patient));
      expect(await pointsOf(patient)).toBe(before + 5);
      const left = answers.map(leftBy);
      expect(left.slice(1)).toEqual([1, 2, 3, 4, 5].map((n) => (left[1] ?? 0) + 1 - n));
      expect(left[0]).toBeGreaterThan(left[1] ?? 0);
      expect(Number((await redis.command('PTTL', limitKeyOf(patient))).slice(1))).toBeGreaterThan(0);
    });

    it('of a hundred calls at once each exactly once', async () => {
      const patient = await cachedPatient();
      const before = await pointsOf(patient);
      const left = (await Promise.all(Array.from({ length: 100 }, () => read(patient)))).map(leftBy);
      expect(await pointsOf(patient)).toBe(before + 100);
      expect(new Set(left).size).toBe(100);
    });

    it('none with a session that has ended, though its copy is still there', async () => {
      const patient = await cachedPatient();
      const elsewhere = await cached(await server.people.logIn(patient));
      const copy = (await stored(keyOf(patient))) ?? '';
      await patient.api('POST', '/auth/logout');
      await redis.command('SET', keyOf(patient), copy);
      const before = await pointsOf(patient);
      for (let n = 0; n < 3; n += 1) expect((await read(patient)).status).toBe(401);
      expect(await pointsOf(patient)).toBe(before);
      // The mark of the change speaks against older copies alone.
      const again = () => looksDuring(async () => expect((await read(elsewhere)).status).toBe(200));
      expect([await again(), await pointsOf(patient)]).toEqual([['distrusted'], before + 1]);
      await eventually('the copy is a newer one', async () => (await again())[0] === 'hit');
      const known = await pointsOf(patient);
      expect([await again(), await pointsOf(patient)]).toEqual([['hit'], known + 1]);
    });

    it('until there are none: then it is refused, and the copy stays', async () => {
      const patient = await cachedPatient();
      await redis.command('SET', limitKeyOf(patient), '1000000', 'EX', '60');
      const { status, body, headers } = await read(patient);
      expect([status, body.code, Number(headers.get('retry-after')) > 50]).toEqual([429, 'rate-limited', true]);
      await redis.command('DEL', limitKeyOf(patient));
      expect(await looksDuring(async () => expect((await read(patient)).status).toBe(200))).toEqual(['hit']);
    });

    it('in memory when somebody else put something in their place: the session is known all the same', async () => {
      const patient = await cachedPatient();
      await redis.command('DEL', limitKeyOf(patient));
      await redis.command('RPUSH', limitKeyOf(patient), 'x');
      const looks = await looksDuring(async () => expect((await read(patient)).status).toBe(200));
      expect(looks).toEqual(['hit']);
    });
  });

  describe('that are older than a change', () => {
    it('are not believed, though they come after it: a late fill revives nothing', async () => {
      const patient = await server.people.patient();
      const held = proxy.holdAnswerTo('session_state', async () => {
        expect((await patient.api('POST', '/auth/logout')).status).toBe(204);
      });
      const reading = read(patient);
      await held;
      expect((await reading).status).toBe(200);
      await eventually('the old state has been filled in', () => stored(keyOf(patient)));
      expect(await looksDuring(async () => expect((await read(patient)).status).toBe(401))).toEqual(['distrusted']);
      expect((await patient.api('GET', '/auth/sessions')).status).toBe(401);
    });

    it('are not believed for longer than the floor when Redis has forgotten of the change', async () => {
      const patient = await cachedPatient();
      const copy = (await stored(keyOf(patient))) ?? '';
      await patient.api('POST', '/auth/logout');
      const putBack = async () => {
        await redis.command('FLUSHALL');
        await redis.command('SET', keyOf(patient), copy);
      };
      await putBack();
      expect(await refusedAfterMs(patient)).toBeLessThan(floorMs);
      await putBack();
      expect(await looksDuring(async () => expect((await read(patient)).status).toBe(401))).toEqual(['distrusted']);
    });

    it('are not believed for longer than the floor when somebody changes the database by hand', async () => {
      const patient = await cachedPatient();
      await server.ctx.db.execute(
        sql`UPDATE sessions SET ended_at = now(), ended_because = 'by hand' WHERE id = ${patient.sessionId}`,
      );
      expect(await refusedAfterMs(patient)).toBeLessThan(floorMs);
    });

    it('are not believed when a longer transaction hides the change from newer readings', async () => {
      const [patient, other] = [await cachedPatient(), await server.people.patient()];
      await server.ctx.tx(async (ctx) => {
        // A number is taken here, so that this transaction is what the snapshots below do not see past.
        await ctx.db.execute(sql`SELECT pg_current_xact_id()`);
        const elsewhere = await server.people.logIn(patient);
        await elsewhere.api('DELETE', `/auth/sessions/${patient.sessionId}`);
        expect((await read(patient)).status).toBe(401);
        expect((await read(elsewhere)).status).toBe(200);
        expect((await read(other)).status).toBe(200);
      });
      expect((await read(patient)).status).toBe(401);
    });
  });

  describe('marks of a change', () => {
    it('are replaced by newer ones alone, whoever comes last, and by any where they are none', async () => {
      const patient = await server.people.patient();
      const mark = (xid: number) => markSessionsChanged(node.ctx, patient.id, xid);
      for (const xid of [90, 1000, 999]) await mark(xid);
      expect(await stored(markKeyOf(patient))).toBe('1000');
      await redis.command('SET', markKeyOf(patient), 'inf');
      await mark(7);
      expect(await stored(markKeyOf(patient))).toBe('7');
      await redis.command('DEL', markKeyOf(patient));
      await redis.command('RPUSH', markKeyOf(patient), 'x');
      await mark(8);
      expect(await stored(markKeyOf(patient))).toBe('8');
    });
  });

  describe('that somebody has tampered with', () => {
    /** [what is done, whether it can be told from an empty Redis] */
    const harms: [name: string, harm: (person: Person, own: string) => Promise<unknown>, written: boolean][] = [
      [
        'of another type',
        async (person) => {
          await redis.command('DEL', keyOf(person));
          await redis.command('RPUSH', keyOf(person), 'x');
        },
        false,
      ],
      ['of nonsense', (person) => redis.command('SET', keyOf(person), '{"role":"admin"'), true],
      ['of nothing', (person) => redis.command('SET', keyOf(person), ''), true],
      ['of a megabyte', (person) => redis.command('SET', keyOf(person), 'a.b.'.repeat(250_000)), true],
      [
        'with another role',
        (person, own) => redis.command('SET', keyOf(person), own.replace('.doctor.', '.admin.')),
        true,
      ],
      [
        'with an approval',
        (person, own) => redis.command('SET', keyOf(person), own.replace('.doctor.0.', '.doctor.1.')),
        true,
      ],
      ['with a longer life', (person, own) => redis.command('SET', keyOf(person), `${own}0`), true],
      [
        'of another account',
        async (person) => {
          const approved = await cached(await server.people.doctor());
          return redis.command('SET', keyOf(person), (await stored(keyOf(approved))) ?? '');
        },
        true,
      ],
      ['with a mark of nonsense', (person) => redis.command('SET', markKeyOf(person), 'nonsense'), false],
      ['with a mark of another type', (person) => redis.command('RPUSH', markKeyOf(person), 'x'), false],
    ];

    it.each(harms)(
      '%s give the database’s answer: nobody is logged out, nothing is gained',
      async (_name, harm, written) => {
        const doctor = await cached(await server.people.doctor({ approved: false }));
        const own = (await stored(keyOf(doctor))) ?? '';
        expect(own).toMatch(/\.doctor\.0\.0\./);
        await harm(doctor, own);
        const [me, box] = [await read(doctor, '/me'), await read(doctor, '/requests?box=incoming')];
        expect([me.status, me.body.role, box.status, box.body.code]).toEqual([
          200,
          'doctor',
          403,
          'doctor-not-approved',
        ]);
        expect((await eventsOf(server.ctx, doctor.id)).includes('session-cache-forged')).toBe(written);
      },
    );

    it('by calling another session’s copy one’s own end with the own session', async () => {
      const patient = await cachedPatient();
      const other = await cached(await server.people.logIn(patient));
      await patient.api('POST', '/auth/logout');
      await redis.command('SET', keyOf(patient), (await stored(keyOf(other))) ?? '');
      expect((await read(patient)).status).toBe(401);
    });
  });

  it('keep nobody in while the main database is away', async () => {
    const patient = await cachedPatient();
    // Refused for its parameters, right after the session was compared: needs no database for anything else.
    const status = async () => (await read(patient, '/auth/sessions?unknown=1')).status;
    expect(await status()).toBe(400);
    proxy.cut();
    const startedAt = performance.now();
    await eventually('the call is refused', async () => (await status()) === 503);
    expect(performance.now() - startedAt).toBeLessThan(floorMs);
    expect(await stored(keyOf(patient))).not.toBeNull();
    await redis.kill();
    expect(await status()).toBe(503);
    await redis.restart();
    proxy.heal();
    await eventually('all is back', async () => (await status()) === 400);
    await eventually('Redis is back', () => node.platform.redis?.healthy);
  });
});
