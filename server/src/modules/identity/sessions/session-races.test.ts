import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionIsLive } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { goodPassword } from '../../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, type Api, createApi } from '../../../../test/http.ts';
import { needsRedis, startProxy, startRedis, type TestProxy, type TestRedis } from '../../../../test/redis.ts';
import { issueLink } from '../links/email-link.ts';
import { linkUrl } from '../mails/link-mails.ts';
import { emailLinks, type LinkPurpose } from '../tables.ts';

/**
 * Trials of each race. The long run, some minutes: `TRIALS=200 npm test -- session-races`. Seen to fail without
 * the mark of a change, and with the mark not looked at.
 */
const trials = Number(process.env['TRIALS'] ?? 10);
const atOnce = 8;
const ways = ['with Redis', 'with a Redis in trouble', 'without Redis'];

/** A way in which a session loses what it had. */
type Ending = {
  name: string;
  role?: 'doctor';
  /** Before the race: what the ending needs. @returns the person as the race is to use them. */
  prepare?(person: Person): Promise<Person>;
  end(person: Person): Promise<Answer>;
  /** The status of a call that ends well; 204 or 200 otherwise. */
  status?: number;
  /** What is no longer answered with 200. */
  path?: string;
  sessionGoesOn?: true;
};

const withRedis = needsRedis('modules/identity/sessions/session-races.test.ts');

describe.each(withRedis ? ways : ['without Redis'])('%s', (how) => {
  const count = how === 'with a Redis in trouble' ? Math.ceil(trials / 2) : trials;
  let redis: TestRedis | null = null;
  let proxies: TestProxy[] = [];
  let endTrouble = async () => {};
  let server: TestServer;
  let nodeA: Api;
  let nodeB: Api;
  let admin: Person;
  beforeAll(async () => {
    const urls: string[] = [];
    if (how !== 'without Redis') {
      redis = await startRedis();
      proxies = await Promise.all([startProxy(redis.port), startProxy(redis.port)]);
      urls.push(...proxies.map(({ url }) => url));
    }
    server = await startTestServer({ environment: { REDIS_URL: urls[0] ?? '' } });
    const second = await server.addNode({ roles: ['api'], environment: { REDIS_URL: urls[1] ?? '' } });
    nodeA = server.api;
    nodeB = createApi(second.url);
    admin = await server.people.admin();
    if (how === 'with a Redis in trouble' && redis !== null) endTrouble = makeTrouble(redis, proxies);
  });
  afterAll(async () => {
    await endTrouble();
    await server.stop();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await redis?.stop();
  });

  async function linkToken(person: Person, purpose: LinkPurpose, asking?: Person): Promise<string> {
    const email = purpose === 'confirm-email' ? `new.${person.email}` : person.email;
    const sessionId = asking === undefined ? {} : { sessionId: asking.sessionId, previousEmail: person.email };
    const id = await server.ctx.tx((ctx) => issueLink(ctx, { accountId: person.id, purpose, email, ...sessionId }));
    const [link] = await server.ctx.db.select().from(emailLinks).where(eq(emailLinks.id, id));
    if (link === undefined) throw new Error('The link was not stored.');
    return new URL(await linkUrl(server.ctx, link, 'patient')).hash.slice('#token='.length);
  }

  const newPassword = 'eight louder herons 43';
  const asOther = async (person: Person, method: string, path: string, body?: object) =>
    (await server.people.logIn(person)).api(method, path, body);

  const endings: Ending[] = [
    { name: 'logout', end: (person) => person.api('POST', '/auth/logout') },
    { name: 'logout-all', end: (person) => person.api('POST', '/auth/logout-all') },
    {
      name: 'the end of one session, from another',
      end: (person) => asOther(person, 'DELETE', `/auth/sessions/${person.sessionId}`),
    },
    {
      name: 'the end of all sessions by an admin',
      end: ({ id }) => admin.api('DELETE', `/admin/users/${id}/sessions`, { reason: 'The phone was stolen' }),
    },
    {
      name: 'a ban',
      status: 201,
      end: ({ id }) => admin.api('POST', `/admin/users/${id}/ban`, { reason: 'Insults', durationMinutes: 5 }),
    },
    {
      name: 'a withdrawn approval',
      role: 'doctor',
      path: '/requests?box=incoming',
      sessionGoesOn: true,
      end: ({ id }) => admin.api('POST', `/admin/doctors/${id}/reject`, { reason: 'The license ran out' }),
    },
    {
      name: 'a changed password',
      end: (person) => asOther(person, 'POST', '/auth/change-password', { currentPassword: goodPassword, newPassword }),
    },
    {
      name: 'a reset password',
      end: async (person) =>
        nodeA('POST', '/auth/reset-password', { token: await linkToken(person, 'reset-password'), newPassword }),
    },
    {
      name: 'a changed address',
      end: async (person) => {
        const asking = await server.people.logIn(person);
        return nodeA('POST', '/auth/confirm-email', { token: await linkToken(person, 'confirm-email', asking) });
      },
    },
    {
      name: 'deletion by an admin',
      end: ({ id }) => admin.api('DELETE', `/admin/users/${id}`, { reason: 'Asked for it' }),
    },
    {
      name: 'deletion by the owner',
      end: async (person) =>
        nodeA('POST', '/me/deletion/confirm', { token: await linkToken(person, 'confirm-deletion') }),
    },
    {
      name: 'a reset second factor',
      prepare: async (person) => {
        await server.ctx.db.execute(sql`UPDATE accounts SET mfa_enabled_at = now() WHERE id = ${person.id}`);
        return person;
      },
      end: ({ id }) => admin.api('POST', `/admin/users/${id}/mfa/reset`, { reason: 'Lost the phone' }),
    },
    {
      name: 'the reuse of a refresh token',
      status: 401,
      prepare: async (person) => {
        const { body } = await nodeA('POST', '/auth/refresh', { refreshToken: person.refreshToken });
        await server.ctx.db.execute(
          sql`UPDATE refresh_tokens SET rotated_at = rotated_at - interval '31 s' WHERE session_id = ${person.sessionId}`,
        );
        // Kept in the place of the password: the token that a thief brings.
        return { ...person, refreshToken: body.refreshToken, password: person.refreshToken };
      },
      end: ({ password: stolen }) => nodeA('POST', '/auth/refresh', { refreshToken: stolen }),
    },
  ];

  function read(node: Api, accessToken: string, path = '/auth/sessions'): Promise<Answer> {
    return node('GET', path, undefined, { headers: { authorization: `Bearer ${accessToken}` } });
  }

  /** At once; where a Redis forgets in this very moment, within the second that is promised in every case. */
  async function expectRefused(node: Api, accessToken: string, path?: string): Promise<void> {
    const isRefused = async () => (await read(node, accessToken, path)).status > 400;
    if (how === 'with a Redis in trouble') await eventually('the call is refused', isRefused, 1000);
    else expect(await isRefused()).toBe(true);
  }

  /** Reads on both nodes, one after the other at uneven distances, until told to stop. */
  async function readUntil(stopped: () => boolean, accessToken: string, path?: string): Promise<void> {
    const readOn = async (node: Api) => {
      while (!stopped()) {
        expect((await read(node, accessToken, path)).status).toBeLessThan(500);
        await sleep(Math.random() * 20);
      }
    };
    await Promise.all([readOn(nodeA), readOn(nodeB)]);
  }

  async function race({ role, prepare, end, status, path, sessionGoesOn }: Ending, warm: boolean): Promise<void> {
    const made = await (role === 'doctor' ? server.people.doctor() : server.people.patient());
    const person = (await prepare?.(made)) ?? made;
    if (warm) expect((await read(nodeB, person.accessToken, path)).status).toBe(200);
    let ended = false;
    const reading = readUntil(() => ended, person.accessToken, path);
    const refreshing = nodeB('POST', '/auth/refresh', { refreshToken: person.refreshToken });
    const answer = await end(person).finally(() => {
      ended = true;
    });
    await Promise.all([nodeA, nodeB].map((node) => expectRefused(node, person.accessToken, path)));
    expect([200, 204, status]).toContain(answer.status);
    const [refreshed] = await Promise.all([refreshing, reading]);
    if (refreshed.status === 200) {
      const { accessToken, refreshToken } = refreshed.body;
      for (const node of [nodeA, nodeB]) await expectRefused(node, accessToken, path);
      if (!sessionGoesOn) expect((await nodeB('POST', '/auth/refresh', { refreshToken })).status).toBeGreaterThan(400);
    }
    expect(await sessionIsLive(server.ctx, person.sessionId)).toBe(sessionGoesOn === true);
  }

  it.each(endings)(
    `${count} times, refresh and reads against $name: nothing is alive after its answer`,
    async (ending) => {
      for (let done = 0; done < count; done += atOnce) {
        const batch = Array.from({ length: Math.min(atOnce, count - done) }, (_, index) =>
          race(ending, index % 2 === 0),
        );
        await Promise.all(batch);
      }
    },
    600_000,
  );
});

/** Something of Redis breaks and is mended, again and again. @returns what ends it, with all mended. */
function makeTrouble(redis: TestRedis, proxies: readonly TestProxy[]): () => Promise<void> {
  const one = (index: number, harm: (proxy: TestProxy) => void) => () =>
    harm(proxies[index % proxies.length] as TestProxy);
  const harms: (() => unknown)[] = [
    () => redis.command('FLUSHALL'),
    one(0, (proxy) => proxy.silence()),
    () => redis.pause(),
    one(1, (proxy) => proxy.silence()),
    () => redis.kill(),
    one(0, (proxy) => proxy.cut()),
    one(1, (proxy) => proxy.cut()),
    () => proxies.map((proxy) => proxy.delay(2000)),
    () => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
    () => proxies.map((proxy) => proxy.deafen()),
  ];
  const mend = async () => {
    redis.goOn();
    for (const proxy of proxies) {
      proxy.mend();
      proxy.delay(0);
    }
    if ((await redis.command('CONFIG', 'SET', 'maxmemory', '0').catch(() => '')) !== '+OK') await redis.restart();
  };
  let ended = false;
  const run = async () => {
    for (let round = 0; !ended; round += 1) {
      await harms[round % harms.length]?.();
      await sleep(100 + Math.random() * 500);
      await mend();
      // Long enough, mostly, for the nodes to take Redis up again.
      await sleep(Math.random() * 2000);
    }
  };
  const running = run();
  return async () => {
    ended = true;
    await running;
  };
}
