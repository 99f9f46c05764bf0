import { readFileSync } from 'node:fs';
import { routes } from '@openward/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../../test/harness.ts';
import { createTokens } from '../../platform/crypto/tokens.ts';
import { newId } from '../../platform/id.ts';
import { type Rule, type RuleName, rules } from './rules.ts';
import { rulesTable } from './rules-table.ts';
import {
  allIsCounted,
  bearer,
  call,
  casesOf,
  forged,
  idOfAge,
  newAddress,
  startGuarded,
  tell,
  times,
  untilStep,
} from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGuarded();
});
afterAll(() => server.stop());

/** The same call many times, a few at once. */
async function many(
  count: number,
  make: (index: number) => Promise<{ status: number }>,
  status: number,
): Promise<void> {
  for (let index = 0; index < count; index += 20) {
    const answers = await Promise.all(times(Math.min(20, count - index)).map((n) => make(index + n)));
    for (const answer of answers) expect(answer.status).toBe(status);
  }
}

const rulesOf = async (subject: string) => (await casesOf(server, subject)).map(({ rule }) => rule);

/** Whom a rule must not hit: nothing at all is held against them. */
async function isSpared(...subjects: string[]): Promise<void> {
  await allIsCounted(server);
  for (const subject of subjects) expect(await rulesOf(subject)).toEqual([]);
}

describe('unauthenticated-series', () => {
  it('finds calls without credentials, and with made-up ones', async () => {
    const [without, made] = [newAddress(), newAddress()];
    for (const ip of [without, made]) tell(server, { ip }, 180, () => ({ kind: 'no-credentials' }));
    await many(20, () => call(server, without, 'GET', '/me'), 401);
    await untilStep(server, 'unauthenticated-series', without, 'slow');
    await many(10, () => call(server, made, 'GET', '/me', { authorization: 'Bearer made.up' }), 401);
    await untilStep(server, 'unauthenticated-series', made, 'slow');
  });

  it('spares a phone that goes on with a token that has run out, or whose session has ended', async () => {
    const ip = newAddress();
    const [{ id, sessionId }, left] = [await server.people.patient(), await server.people.patient()];
    const old = createTokens({
      keys: server.ctx.keys,
      issuer: server.config.http.publicUrl.origin,
      audience: 'openward',
      now: () => new Date(Date.now() - 3_600_000),
    });
    const { token } = await old.mintAccess({ sub: id, sid: sessionId, role: 'patient' });
    await left.api('POST', '/auth/logout');
    tell(server, { ip }, 199, () => ({ kind: 'no-credentials' }));
    await many(20, () => call(server, ip, 'GET', '/me', { authorization: `Bearer ${token}` }), 401);
    await many(20, () => call(server, ip, 'GET', '/me', bearer(left)), 401);
    await isSpared(ip);
    await call(server, ip, 'GET', '/me');
    await untilStep(server, 'unauthenticated-series', ip, 'slow');
  });
});

describe('wrong-role-series and role-probing', () => {
  const elsewhere = [...routes.values()].filter(
    ({ who, method, path }) =>
      Array.isArray(who) && !who.includes('patient') && method === 'GET' && !path.includes('{'),
  );

  it('role-probing finds who tries one route of another role after the other', async () => {
    const { id, api } = await server.people.patient();
    const few = elsewhere.slice(0, 5);
    expect(few).toHaveLength(5);
    for (const { path } of few) await api('GET', path);
    for (const path of ['/admin/users', '/admin/doctors']) await api('POST', `${path}/${newId()}/approve`, {});
    for (const path of ['ban', 'mfa/reset']) await api('POST', `/admin/users/${newId()}/${path}`, {});
    await untilStep(server, 'role-probing', id, 'slow');
  });

  it('wrong-role-series finds who goes on with the same one', async () => {
    const { id, api } = await server.people.patient();
    await many(50, () => api('GET', '/admin/users'), 403);
    await untilStep(server, 'wrong-role-series', id, 'slow');
    expect(await rulesOf(id)).toEqual(['wrong-role-series']);
  });

  it('spare a page that asks now and then for something of another role, and a doctor who awaits approval', async () => {
    const [patient, pending] = [await server.people.patient(), await server.people.doctor({ approved: false })];
    await many(40, () => patient.api('GET', '/admin/users'), 403);
    await many(60, () => pending.api('GET', '/requests'), 403);
    await isSpared(patient.id, pending.id);
  });
});

describe('not-found-series and id-walking', () => {
  it('id-walking finds who asks for one id after the other: of an account, and of nobody', async () => {
    const person = await server.people.patient();
    await many(30, () => person.api('GET', `/requests/${newId()}`), 404);
    await untilStep(server, 'id-walking', person.id, 'slow');
    const ip = newAddress();
    await many(15, () => call(server, ip, 'GET', `/doctors/${newId()}`), 404);
    await many(15, (index) => call(server, ip, 'GET', `//wp-admin/${index}.php`), 404);
    await untilStep(server, 'id-walking', ip, 'slow');
  });

  it('not-found-series finds a thousand calls for one missing id', async () => {
    const { id } = await server.people.patient();
    tell(server, { id }, 1000, () => ({ kind: 'not-found', what: '/api/v1/requests/1' }));
    await untilStep(server, 'not-found-series', id, 'slow');
    expect(await rulesOf(id)).toEqual(['not-found-series']);
  });

  it('spare a broken client that asks 500 times for one missing id, and somebody with twenty old bookmarks', async () => {
    const [broken, reader] = [await server.people.patient(), await server.people.patient()];
    const missing = newId();
    await many(20, () => broken.api('GET', `/requests/${missing}`), 404);
    tell(server, broken, 480, () => ({ kind: 'not-found', what: `/api/v1/requests/${missing}` }));
    tell(server, broken, 28, (index) => ({ kind: 'not-found', what: `/api/v1/requests/other-${index}` }));
    await many(20, () => reader.api('GET', `/requests/${newId()}`), 404);
    await isSpared(broken.id, reader.id);
  });
});

describe('token-forgery', () => {
  it('finds the third token that is not ours', async () => {
    const ip = newAddress();
    const { accessToken } = await server.people.patient();
    await many(2, () => call(server, ip, 'GET', '/me', { authorization: `Bearer ${forged(accessToken)}` }), 401);
    expect(await rulesOf(ip)).toEqual([]);
    await many(1, () => call(server, ip, 'GET', '/me', { authorization: `Bearer ${forged(accessToken)}` }), 401);
    await untilStep(server, 'token-forgery', ip, 'slow');
  });

  it('spares a program that mistakes a refresh token for an access token', async () => {
    const ip = newAddress();
    const { refreshToken } = await server.people.patient();
    await many(10, () => call(server, ip, 'GET', '/me', { authorization: `Bearer ${refreshToken}` }), 401);
    await isSpared(ip);
  });
});

describe('login-guessing', () => {
  const tryOne = (ip: string, email: string, password = 'eleven wrong words 11') =>
    call(server, ip, 'POST', '/auth/tokens', {}, { email, password });

  it('finds who tries a password on many accounts, whether they exist or not', async () => {
    const ip = newAddress();
    const known = await Promise.all(times(7).map(() => server.people.patient()));
    await many(7, (index) => tryOne(ip, known[index]?.email ?? ''), 401);
    await many(8, (index) => tryOne(ip, `nobody.${index}@example.org`), 401);
    await untilStep(server, 'login-guessing', ip, 'slow');
  });

  it('spares a clinic of fifty who mistype on Monday morning and then get it right', async () => {
    const ip = newAddress();
    // Fourteen at a time stand before the screens, mistype twice, and get it right.
    for (const wave of times(4)) {
      const staff = (index: number) => `member ${wave}-${index % 14}`;
      tell(server, { ip }, 28, (index) => ({ kind: 'login-failed', what: staff(index) }));
      tell(server, { ip }, wave === 3 ? 1 : 14, (index) => ({ kind: 'logged-in', what: staff(index) }));
    }
    const late = await Promise.all(times(3).map(() => server.people.patient()));
    for (const { email, password } of late) {
      expect((await tryOne(ip, email)).status).toBe(401);
      expect((await tryOne(ip, email, password)).status).toBe(200);
    }
    await isSpared(ip);
  });
});

describe('registration-burst and tagged-registrations', () => {
  const register = (ip: string, email: string) =>
    call(
      server,
      ip,
      'POST',
      '/auth/register',
      {},
      { email, password: 'seven quiet otters 42', fullName: 'A B', role: 'patient' },
    );

  it('registration-burst leaves an address the ten of its limit and then asks for a proof, whether the addresses are known or not', async () => {
    const ip = newAddress();
    const { email } = await server.people.patient();
    await many(5, (index) => register(ip, `burst.${index}@example.org`), 202);
    await many(4, () => register(ip, email), 202);
    await allIsCounted(server);
    expect((await register(ip, 'burst.10@example.org')).status).toBe(202);
    await untilStep(server, 'registration-burst', ip, 'proof');
  });

  it('tagged-registrations tells an admin, and holds up nobody', async () => {
    await many(20, (index) => register(newAddress(), `ana+${index}@tagged.example`), 202);
    await untilStep(server, 'tagged-registrations', 'tagged.example', 'attention');
    expect((await register(newAddress(), 'ana+21@tagged.example')).status).toBe(202);
  });

  it('spare a family, and any number of people without tags at one large domain', async () => {
    const ip = newAddress();
    await many(5, (index) => register(ip, `family.${index}@large.example`), 202);
    await many(30, (index) => register(newAddress(), `person.${index}@large.example`), 202);
    await isSpared(ip, 'large.example');
  });

  it('spare a practice of ten that registers fifteen patients at the desk; where nobody is known, they are a burst', async () => {
    const [desk, unknown] = [newAddress(), newAddress()];
    for (const _ of times(10)) tell(server, { ip: desk, id: idOfAge(30) }, 1, () => ({ kind: 'read', route: '/me' }));
    for (const ip of [desk, unknown]) tell(server, { ip }, 15, () => ({ kind: 'registered' }));
    await untilStep(server, 'registration-burst', unknown, 'proof');
    await isSpared(desk);
  });
});

describe('list-scraping', () => {
  const scrape = (who: { ip?: string; id?: string }, count: number) =>
    tell(server, who, count, (index) => ({ kind: 'read', what: `/api/v1/doctors/${index}`, route: '/doctors/{id}' }));

  it('finds who reads one page of the directory after the other', async () => {
    const ip = newAddress();
    scrape({ ip }, 130);
    await many(10, (index) => call(server, ip, 'GET', `/doctors?q=a${index}`), 200);
    const { id } = await server.people.doctor();
    for (const n of times(10)) await call(server, ip, 'GET', `/doctors/${id}/ratings?limit=${n + 1}`);
    await untilStep(server, 'list-scraping', ip, 'slow');
  });

  it('finds it by the account of who logs in to go on', async () => {
    const ip = newAddress();
    const person = await server.people.patient();
    scrape({ ip }, 150);
    await untilStep(server, 'list-scraping', ip, 'slow');
    scrape(person, 140);
    await many(10, (index) => call(server, ip, 'GET', `/doctors?q=b${index}`, bearer(person)), 200);
    await untilStep(server, 'list-scraping', person.id, 'slow');
  });

  it('spares a patient who looks through ten pages and every profile on them, twice, and an admin who pages through all users', async () => {
    const ip = newAddress();
    const admin = await server.people.admin();
    for (const _ of times(2)) {
      await many(10, (index) => call(server, ip, 'GET', `/doctors?limit=10&minRating=${1 + index / 10}`), 200);
      scrape({ ip }, 100);
    }
    scrape(admin, 149);
    await many(20, (index) => admin.api('GET', `/admin/users?limit=1&q=${index}`), 200);
    await isSpared(ip, admin.id);
  });
});

describe('frame-flood and room-flood', () => {
  it('find who floods, by refused frames, and by rooms', async () => {
    const [frames, rooms] = [await server.people.doctor(), await server.people.doctor()];
    tell(server, frames, 300, () => ({ kind: 'frame-refused' }));
    await untilStep(server, 'frame-flood', frames.id, 'slow');
    tell(server, rooms, 40, (index) => ({ kind: 'message-sent', what: `room ${index}` }));
    await untilStep(server, 'room-flood', rooms.id, 'slow');
  });

  it('spare a doctor who answers in thirty rooms, two who write a hundred messages in one, and a client that waits when told', async () => {
    const [busy, chatty, hasty] = [newId(), newId(), newId()];
    tell(server, { id: busy }, 90, (index) => ({ kind: 'message-sent', what: `room ${index % 30}` }));
    tell(server, { id: chatty }, 100, () => ({ kind: 'message-sent', what: 'room' }));
    tell(server, { id: hasty }, 100, () => ({ kind: 'frame-refused' }));
    await isSpared(busy, chatty, hasty);
  });
});

describe('the rules as data', () => {
  const highest = ({ steps }: Rule) => Math.max(...Object.values(steps).map(({ at }) => at));

  it('are told apart by name, grow with each step, and hit routes that there are', () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
    const paths = new Set([...routes.values()].map(({ path }) => path));
    const lines = new Set([...[...routes.values()].map(({ method, path }) => `${method} ${path}`), 'GET /chat/socket']);
    for (const rule of rules) {
      const ats = Object.values(rule.steps).map(({ at }) => at);
      expect(ats, rule.name).toEqual([...ats].sort((a, b) => a - b));
      expect(Object.keys(rule.steps), rule.name).toEqual(
        ['slow', 'proof', 'block', 'attention'].filter((step) => step in rule.steps),
      );
      expect(highest(rule), rule.name).toBeGreaterThan(0);
      for (const path of rule.routes ?? []) expect(paths, rule.name).toContain(path);
      for (const line of rule.hits === 'all' ? [] : rule.hits) expect(lines, rule.name).toContain(line);
    }
  });

  it('each have a test of what they find and of what they spare', () => {
    const source = ['rules.test.ts', 'find-ring.test.ts']
      .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
      .join('');
    const fired = new Set([...source.matchAll(/untilStep\(server, '([\w-]+)'/g)].map(([, name]) => name as RuleName));
    expect(rules.map(({ name }) => name).filter((name) => !fired.has(name))).toEqual([]);
  });

  it('are those of docs/operations.md', () => {
    const operations = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
    const rowsIn = (text: string) => text.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());
    const documented = rowsIn(operations);
    expect(
      rowsIn(rulesTable(rules))
        .slice(2)
        .filter((row) => !documented.includes(row)),
    ).toEqual([]);
  });
});
