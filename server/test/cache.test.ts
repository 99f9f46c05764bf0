import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getDoctor } from '../src/modules/doctors/get-doctor.ts';
import { updateDoctorProfile } from '../src/modules/doctors/index.ts';
import { type RunningNode, startNode } from '../src/start-node.ts';
import { rowsOf } from './database.ts';
import { DatabaseProxy } from './database-proxy.ts';
import type { Person } from './factories.ts';
import { eventually, silentLog, startTestServer, type TestServer } from './harness.ts';
import { createApi } from './http.ts';
import { needsRedis, startProxy, startRedis, type TestProxy, type TestRedis } from './redis.ts';
import { faultsBetweenNodes } from './redis-between-nodes.ts';

/** No call may take longer, whatever becomes of Redis. */
const callMs = 1000;

describe.skipIf(!needsRedis('test/cache.test.ts'))('what two nodes with one Redis keep of the directory', () => {
  let redis: TestRedis;
  let proxyA: TestProxy;
  let proxyB: TestProxy;
  let database: DatabaseProxy;
  let server: TestServer;
  let nodeB: RunningNode;
  let urls: [a: string, b: string];
  beforeAll(async () => {
    redis = await startRedis();
    [proxyA, proxyB] = await Promise.all([startProxy(redis.port), startProxy(redis.port)]);
    server = await startTestServer({ environment: { REDIS_URL: proxyA.url } });
    database = new DatabaseProxy(server.urls.main);
    nodeB = await startNode({
      config: { ...server.config, redisUrl: proxyB.url },
      urls: { ...server.urls, main: await database.start() },
      roles: ['api'],
      log: silentLog,
    });
    urls = [server.url, nodeB.url];
  });
  afterAll(async () => {
    database.heal();
    await nodeB.stop();
    await database.stop();
    await server.stop();
    await Promise.all([proxyA.stop(), proxyB.stop(), redis.stop()]);
  });

  const get = (url: string, path: string) => createApi(url)('GET', path);
  const patch = (url: string, { accessToken }: Person, bio: string) =>
    createApi(url, { authorization: `Bearer ${accessToken}` })('PATCH', '/me', { doctor: { bio } });

  /** What anybody reads of a doctor's words on a node, in the profile and in the list. */
  async function biosOf(url: string, { id }: Person, specialty: string): Promise<[profile: string, list: string]> {
    const [profile, list] = await Promise.all([
      get(url, `/doctors/${id}`),
      get(url, `/doctors?specialty=${specialty}`),
    ]);
    return [profile.body.bio, list.body.items.find((item: { id: string }) => item.id === id)?.bio];
  }

  /** How many doctors of a specialty each node counts. */
  const countsOf = (code: string) =>
    Promise.all(
      urls.map(async (url): Promise<number> => {
        const { body } = await get(url, '/specialties');
        return body.items.find((item: { code: string }) => item.code === code)?.doctorCount;
      }),
    );

  const copiesOf = async (name: string) =>
    (await redis.command('KEYS', `openward:cache:*:${name}*`)).match(/openward:\S+/g) ?? [];

  /** The key of a doctor's copy in Redis. A busy machine may have left Redis for a moment: then there is another to be made. */
  const keyOf = (doctor: Person) =>
    eventually(
      'the copy is there',
      async () => {
        const [key] = await copiesOf(`doctor-profile-2:${doctor.id}`);
        if (key !== undefined) return key;
        await patch(server.url, doctor, 'again');
        await get(server.url, `/doctors/${doctor.id}`);
        return false;
      },
      30_000,
    );

  it('answers the writer with what was written, at once on any node: two hundred changes raced with fills', async () => {
    const specialty = 'cardiology';
    const lanes = await Promise.all(Array.from({ length: 10 }, () => server.people.doctor({ specialty })));
    let racing = true;
    // Fills begin and end at every moment of every change.
    const fills = lanes.map(async (doctor, lane) => {
      for (let n = 0; racing; n += 1) {
        await biosOf(urls[(lane + n) % 2] ?? '', doctor, specialty);
        // The machine has other things to do, too.
        await sleep(lane);
      }
    });
    const changes = lanes.map(async (doctor, lane) => {
      for (let n = 0; n < 20; n += 1) {
        const bio = `${lane}.${n}`;
        expect((await patch(urls[(lane + n) % 2] ?? '', doctor, bio)).status).toBe(200);
        for (const url of urls) expect(await biosOf(url, doctor, specialty)).toEqual([bio, bio]);
      }
    });
    await Promise.all(changes).finally(() => {
      racing = false;
    });
    await Promise.all(fills);
  });

  it('is not answered with before the other node knows: whoever is told that it is done sees it done', async () => {
    const { id } = await server.people.doctor();
    const read = () => getDoctor(nodeB.ctx, { id });
    for (let n = 0; n < 20; n += 1) {
      // The node has just heard of everything: it would not ask again for as long as it may.
      await sleep(60);
      await read();
      await server.ctx.tx((ctx) => updateDoctorProfile(ctx, id, { bio: `told ${n}` }));
      expect((await read()).bio).toBe(`told ${n}`);
    }
  });

  it('is not what a load brings that began before a change and ended after it', async () => {
    const specialty = 'neurology';
    const doctor = await server.people.doctor({ specialty });
    await patch(server.url, doctor, 'old');
    await get(nodeB.url, '/doctors?specialty=rheumatology');
    let late: Promise<{ body: { bio: string } }> | undefined;
    const held = database.holdAnswerTo('"doctors"."account_id" = $1', async () => {
      await patch(server.url, doctor, 'new');
      // On the node that is still waiting for the old row: this call joins nobody who began too early.
      late = get(nodeB.url, `/doctors/${doctor.id}`);
    });
    const early = get(nodeB.url, `/doctors/${doctor.id}`);
    await held;
    expect((await early).body.bio).toBe('old');
    expect((await late)?.body.bio).toBe('new');
    expect(await biosOf(server.url, doctor, specialty)).toEqual(['new', 'new']);
  });

  it('is gone 100 ms after a commit that nobody waits for, as of somebody at the database by hand', async () => {
    const specialty = 'nephrology';
    const doctor = await server.people.doctor({ specialty });
    for (let n = 0; n < 10; n += 1) {
      for (const url of urls) await biosOf(url, doctor, specialty);
      await server.ctx.db.execute(sql`UPDATE doctors SET bio = ${`by hand ${n}`} WHERE account_id = ${doctor.id}`);
      const committedAtMs = performance.now();
      let calledAtMs: number;
      do {
        calledAtMs = performance.now();
        const read = await Promise.all(urls.map((url) => biosOf(url, doctor, specialty)));
        const isNew = read.flat().every((bio) => bio === `by hand ${n}`);
        expect(isNew || calledAtMs - committedAtMs < 100).toBe(true);
      } while (calledAtMs - committedAtMs < 150);
    }
  });

  it('knows who is not there for a few seconds in memory alone, and a doctor from the approval on', async () => {
    const specialty = 'urology';
    const [admin, pending] = [await server.people.admin(), await server.people.doctor({ specialty, approved: false })];
    const statuses = () => Promise.all(urls.map(async (url) => (await get(url, `/doctors/${pending.id}`)).status));
    for (let n = 0; n < 2; n += 1) expect(await statuses()).toEqual([404, 404]);
    expect(await countsOf(specialty)).toEqual([0, 0]);
    expect(await copiesOf(`doctor-profile-2:${pending.id}`)).toEqual([]);
    await admin.api('POST', `/admin/doctors/${pending.id}/approve`, {});
    expect(await statuses()).toEqual([200, 200]);
    expect(await countsOf(specialty)).toEqual([1, 1]);
    await admin.api('POST', `/admin/users/${pending.id}/ban`, { reason: 'Test', durationMinutes: 1 });
    expect(await statuses()).toEqual([404, 404]);
    expect(await countsOf(specialty)).toEqual([0, 0]);
  });

  it('has the average that a patient has just added to', async () => {
    const specialty = 'oncology';
    const [doctor, patient] = [await server.people.doctor({ specialty }), await server.people.patient()];
    const request = { doctorId: doctor.id, complaint: 'A cough', urgency: 'routine' };
    const { id } = (await patient.api('POST', '/requests', request)).body;
    await doctor.api('POST', `/requests/${id}/accept`);
    await doctor.api('POST', `/requests/${id}/diagnoses`, {
      title: 'Cold',
      description: 'A cold',
      recommendations: 'Tea',
    });
    const averages = async () => {
      const read = await Promise.all(urls.map((url) => get(url, `/doctors/${doctor.id}`)));
      const listed = await Promise.all(urls.map((url) => get(url, `/doctors?specialty=${specialty}`)));
      return [...read.map(({ body }) => body), ...listed.map(({ body }) => body.items[0])].map(
        ({ rating }) => rating.average,
      );
    };
    expect(await averages()).toEqual([null, null, null, null]);
    expect((await patient.api('POST', `/requests/${id}/rating`, { stars: 4 })).status).toBe(201);
    expect(await averages()).toEqual([4, 4, 4, 4]);
  });

  it('is in Redis for a while each, not the same for all', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => server.people.doctor({ specialty: 'hematology' })));
    const keys: string[] = [];
    for (const doctor of made) keys.push(await keyOf(doctor));
    const lives = await Promise.all(keys.map(async (key) => Number((await redis.command('PTTL', key)).slice(1))));
    for (const lifeMs of lives) {
      expect(lifeMs).toBeGreaterThan(600_000);
      expect(lifeMs).toBeLessThanOrEqual(675_000);
    }
    expect(Math.max(...lives) - Math.min(...lives)).toBeGreaterThan(2_000);
  });

  it('is nothing to the nodes of another database that shares the Redis', async () => {
    await server.people.doctor({ specialty: 'psychiatry' });
    expect(await countsOf('psychiatry')).toEqual([1, 1]);
    const other = await startTestServer({ environment: { REDIS_URL: redis.url } });
    const { body } = await get(other.url, '/specialties');
    await other.stop();
    expect(body.items.find((item: { code: string }) => item.code === 'psychiatry').doctorCount).toBe(0);
  });

  const faults = faultsBetweenNodes(() => ({ redis, proxyA, proxyB }));

  it.each(faults)('Redis %s: every promise holds, and no call fails', async (_name, harm, mend) => {
    const specialty = 'pediatrics';
    const [doctor, admin] = [await server.people.doctor({ specialty }), await server.people.admin()];
    for (const url of urls) await biosOf(url, doctor, specialty);
    const [before = 0] = await countsOf(specialty);
    await harm();
    const startedAtMs = performance.now();
    for (const bio of ['first', 'second']) {
      expect((await patch(server.url, doctor, bio)).status).toBe(200);
      for (const url of urls) expect(await biosOf(url, doctor, specialty)).toEqual([bio, bio]);
    }
    expect((performance.now() - startedAtMs) / 6).toBeLessThan(callMs);
    await admin.api('DELETE', `/admin/users/${doctor.id}`, { reason: 'Test' });
    expect(await countsOf(specialty)).toEqual([before - 1, before - 1]);
    for (const url of urls) expect((await get(url, `/doctors/${doctor.id}`)).status).toBe(404);
    await mend();
    await eventually('Redis is back', () => server.ctx.redis?.healthy === true && nodeB.ctx.redis?.healthy === true);
  });

  describe('a copy that Redis should not have', () => {
    type Harm = (key: string, own: string, doctor: Person) => Promise<unknown>;
    const stored = async (key: string) => (await redis.command('GET', key)).split('\r\n')[1] ?? '';
    const set = (key: string, text: string) => redis.command('SET', key, text);

    /** Somebody whose profile is in Redis, read by the first node alone. */
    async function kept(): Promise<{ doctor: Person; key: string; own: string }> {
      const doctor = await server.people.doctor({ specialty: 'geriatrics', fullName: 'True Name' });
      const key = await keyOf(doctor);
      return { doctor, key, own: await stored(key) };
    }

    const eventsNow = async () =>
      (await rowsOf(server.ctx, sql`SELECT 1 FROM security_events WHERE kind = 'cache-forged'`)).length;

    const harms: [name: string, harm: Harm, isForged: boolean][] = [
      ['with another name', (key, own) => set(key, own.replace('True Name', 'Evil Name')), true],
      ['of nonsense', (key) => set(key, '{"id":1}'), true],
      ['of nothing', (key) => set(key, ''), true],
      ['of a megabyte', (key) => set(key, 'a.b.'.repeat(250_000)), true],
      ['with a longer life', (key, own) => set(key, own.replace(/(\.\d+)\.(\d+)\.(\d+)\.\{/, '$1.$2.$39.{')), true],
      [
        'of another type',
        async (key) => {
          await redis.command('DEL', key);
          await redis.command('RPUSH', key, 'x');
        },
        true,
      ],
      ['of another doctor', async (key) => set(key, (await kept()).own), true],
      [
        'from before a change, put back by somebody',
        async (key, own, doctor) => {
          await patch(server.url, doctor, 'since then');
          await set(key, own);
        },
        false,
      ],
    ];

    it.each(harms)(
      '%s, is nothing: the answer is right, the copy is replaced, and it is told',
      async (_name, harm, isForged) => {
        const { doctor, key, own } = await kept();
        const before = await eventsNow();
        await harm(key, own, doctor);
        const { status, body } = await get(nodeB.url, `/doctors/${doctor.id}`);
        expect([status, body.id, body.fullName]).toEqual([200, doctor.id, 'True Name']);
        const truth = await rowsOf<{ bio: string | null }>(
          server.ctx,
          sql`SELECT bio FROM doctors WHERE account_id = ${doctor.id}`,
        );
        expect(body.bio).toBe(truth[0]?.bio);
        if (isForged) await eventually('it is written down', async () => (await eventsNow()) > before);
        else expect(await eventsNow()).toBe(before);
        await eventually('a good one has taken its place', async () => (await stored(key)).includes('True Name'));
      },
    );
  });

  it('is never of one person alone: nothing of a patient’s is in Redis, and no text of anybody’s health', async () => {
    const [doctor, patient] = [
      await server.people.doctor(),
      await server.people.patient({ fullName: 'Secret Patient' }),
    ];
    await patient.api('PATCH', '/me', { patient: { allergies: 'Secret allergy', phone: '+351 900 000 000' } });
    const request = { doctorId: doctor.id, complaint: 'Secret complaint', urgency: 'routine' };
    const { id } = (await patient.api('POST', '/requests', request)).body;
    await doctor.api('POST', `/requests/${id}/accept`);
    const diagnosis = { title: 'Secret title', description: 'Secret text', recommendations: 'Secret advice' };
    await doctor.api('POST', `/requests/${id}/diagnoses`, diagnosis);
    await eventually(
      'the room is open',
      async () => (await patient.api('GET', `/requests/${id}`)).body.roomId !== null,
    );
    await patient.api('POST', `/rooms/${id}/messages`, { clientId: 'one', text: 'Secret message' });
    await patient.api('POST', `/requests/${id}/rating`, { stars: 5, comment: 'Secret comment' });
    for (const person of [patient, doctor]) {
      for (const path of [
        '/me',
        `/users/${doctor.id}`,
        `/requests/${id}`,
        `/rooms/${id}/messages`,
        '/rooms',
        `/doctors/${doctor.id}/ratings`,
      ])
        expect((await person.api('GET', path)).status).toBe(200);
    }
    await keyOf(doctor);
    const keys = (await redis.command('KEYS', '*')).match(/openward:\S+/g) ?? [];
    expect(keys.length).toBeGreaterThan(1);
    const held = await Promise.all(keys.map((key) => redis.command('GET', key)));
    for (const text of [...keys, ...held]) expect(text).not.toMatch(/secret|900 000 000|@example\.org/i);
  });

  it('answers nothing while the database does not say what has changed', async () => {
    const doctor = await server.people.doctor({ specialty: 'allergy_immunology' });
    const read = async () => (await get(nodeB.url, `/doctors/${doctor.id}`)).status;
    expect(await read()).toBe(200);
    database.cut();
    // Not older than what any call may see.
    await sleep(60);
    expect(await read()).toBe(503);
    database.heal();
    await eventually('all is back', async () => (await read()) === 200);
  });
});
