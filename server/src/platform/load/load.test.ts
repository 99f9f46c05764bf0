import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { codeOf, createApi } from '../../../test/http.ts';
import { RawConnection, requestText } from '../../../test/raw-connection.ts';
import { loadLimits } from '../../limits.ts';
import { openRoom, type Pair, refusalOf, TestSocket } from '../../modules/chat/test-support.ts';
import { PasswordQueueFullError } from '../crypto/password-hash.ts';
import { createMetrics } from '../metrics.ts';
import type { Call } from './load.ts';

let server: TestServer;
let pair: Pair;
let open: TestSocket;
/** Where the pressure is to be, and where it is. */
const wanted: Record<string, number> = {};
const pressures: Record<string, number> = {};
let shed: { priority: string; reason: string }[] = [];
const lines: { msg: string }[] = [];

beforeAll(async () => {
  const load = {
    shed: (priority: string, reason: string, count: number) =>
      void shed.push(...Array.from({ length: count }, () => ({ priority, reason }))),
    pressure: (part: string, value: number) => {
      pressures[part] = value;
    },
  };
  server = await startTestServer({
    limits: { http: { deafMs: 400 }, load: { windowMs: 10, delayMs: 60_000, heapPercent: 1000 } },
    overrides: { metrics: { ...createMetrics(), load } },
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
  });
  for (const part of [null, 'main', 'chat'] as const) {
    const name = part ?? 'node';
    // Far too much until it is where the test wants it, then neither too much nor little.
    const read = () => {
      if ((pressures[name] ?? 0) < (wanted[name] ?? 0)) return 9;
      return (wanted[name] ?? 0) === 0 ? 0 : 0.7;
    };
    server.ctx.load.watch({ name: `test-${name}`, part, read });
  }
  pair = await openRoom(server);
  open = await TestSocket.as(server, pair.patient);
});
afterAll(() => server.stop());
beforeEach(async () => {
  await press({});
  shed = [];
});

async function press(to: Record<string, number>): Promise<void> {
  for (const part of ['node', 'main', 'chat']) wanted[part] = to[part] ?? 0;
  await eventually('the pressure is there', () =>
    Object.entries(wanted).every(([part, value]) => (pressures[part] ?? 0) === value),
  );
}

/** One that this node has not seen before, and so does not know. */
const stranger = () => server.people.patient();
const status = async (person: Pick<Person, 'api'>, path: string, method = 'GET') =>
  (await person.api(method, path)).status;
const nobody = () => ({ api: server.api });

describe('the less pressing go first', () => {
  test('at first exports, uploads, searches and what nobody serves; lists go on', async () => {
    const them = await Promise.all([stranger(), stranger(), stranger()]);
    await press({ node: 1 });
    expect(await status(nobody(), '/doctors?q=ana')).toBe(503);
    expect(await status(nobody(), '//docs')).toBe(503);
    expect(await status(nobody(), '//nothing')).toBe(503);
    expect(await status(them[0], '/me/export')).toBe(503);
    expect(await status(them[1], `/rooms/${pair.roomId}/messages/search?q=cough`)).toBe(503);
    expect(await status(them[2], `/rooms/${pair.roomId}/attachments?name=a.png`, 'POST')).toBe(503);
    expect(await status(nobody(), '/doctors')).toBe(200);
    expect(new Set(shed.map(({ priority }) => priority))).toEqual(new Set(['bulk']));
  });

  test('then lists, to strangers before those who have a session; single reads and writes go on', async () => {
    const [known, unknown] = await Promise.all([stranger(), stranger()]);
    expect(await status(known, '/requests')).toBe(200);
    await press({ node: 2 });
    expect(await status(nobody(), '/doctors')).toBe(503);
    expect(await status(unknown, '/requests')).toBe(503);
    expect(await status(known, '/requests')).toBe(200);
    expect(await status(nobody(), '/doctors?q=ana')).toBe(503);
    expect(await status(known, '/me/export')).toBe(503);
    expect((await unknown.api('PATCH', '/me', { fullName: 'Ann Other' })).status).toBe(200);
  });

  test('then the other calls and new sockets; open consultations go on, over HTTP and open sockets', async () => {
    const { patient, doctor, roomId } = pair;
    const [unknown, known] = await Promise.all([stranger(), stranger()]);
    expect(await status(known, '/me')).toBe(200);
    await press({ node: 3 });
    expect(await status(unknown, '/me')).toBe(503);
    expect(await refusalOf(server.url, { bearer: unknown.accessToken })).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    });
    expect(await status(known, '/me')).toBe(200);
    const reconnected = await TestSocket.as(server, known);
    await reconnected.close();
    await press({ node: 4 });
    expect(await status(known, '/me')).toBe(503);
    expect((await refusalOf(server.url, { bearer: known.accessToken })).status).toBe(503);
    expect(await status(doctor, `/rooms/${roomId}/messages?after=0`)).toBe(200);
    expect((await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'c1', text: 'Hello' })).status).toBe(201);
    expect((await server.api('POST', '/auth/refresh', { refreshToken: patient.refreshToken })).status).toBe(503);
  });

  test('at the very last health and messages of open sockets are left, and readiness says what is going on', async () => {
    const { doctor, roomId } = pair;
    await press({ node: 5 });
    expect(await status(doctor, `/rooms/${roomId}/messages?after=0`)).toBe(503);
    expect(await open.say(roomId, 'Still here.')).toMatchObject({ duplicate: false });
    expect((await server.api('GET', '//health/live')).status).toBe(200);
    const ready = await server.api('GET', '//health/ready');
    expect([ready.status, ready.body.load]).toEqual([200, 'shedding']);
    await press({});
    expect((await server.api('GET', '//health/ready')).body).toEqual({
      status: 'ready',
      checks: { main: 'ok', chat: 'ok' },
    });
  });
});

describe('what is sent away', () => {
  test('gets a problem like any other, with a time to come back that differs', async () => {
    await press({ node: 3 });
    const answers = await Promise.all(Array.from({ length: 40 }, () => server.api('GET', '/doctors')));
    for (const { body, headers, ...answer } of answers) {
      expect(codeOf({ body, headers, ...answer })).toEqual([503, 'unavailable']);
      const retryAfter = Number(headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThanOrEqual(2);
      expect(retryAfter).toBeLessThanOrEqual(6);
      expect(body.detail).toContain(`Try again in ${retryAfter} s`);
      expect(body.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-request-id')).toBe(body.requestId);
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('strict-transport-security')).toContain('max-age=');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    expect(new Set(answers.map(({ headers }) => headers.get('retry-after'))).size).toBeGreaterThan(1);
    const head = await fetch(`${server.url}/api/v1/doctors`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([503, '']);
  });

  test('is counted by class and by what there was too much of, and said in two lines however much it is', async () => {
    // Of those before each has its two, once it is over.
    await eventually('nothing goes on', () => lines.length % 2 === 0);
    lines.length = 0;
    await press({ main: 2 });
    for (let call = 0; call < 10; call += 1) expect(await status(nobody(), '/doctors')).toBe(503);
    await press({});
    await eventually('both lines', () => lines.length === 2);
    expect(shed).toEqual(Array.from({ length: 10 }, () => ({ priority: 'list', reason: 'test-main' })));
    expect(lines).toMatchObject([
      { msg: expect.stringContaining('overloaded'), reason: 'test-main' },
      { msg: expect.stringContaining('no longer'), refused: { list: 10 }, durationMs: expect.any(Number) },
    ]);
  });

  test('is what stands on the part that is too slow: the chat’s is nothing to the rest, and the other way round', async () => {
    const { doctor, roomId } = pair;
    await press({ chat: 5 });
    expect(await status(doctor, `/rooms/${roomId}`)).toBe(503);
    expect(await status(nobody(), '/doctors?q=ana')).toBe(200);
    await press({ main: 5 });
    expect(await status(doctor, `/rooms/${roomId}`)).toBe(200);
    expect(await status(nobody(), '/specialties')).toBe(503);
  });

  test('does not read a body to its end before it answers', async () => {
    await press({ node: 3 });
    const connection = await RawConnection.open(server.url);
    connection.write('POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-length: 9000000\r\n\r\n');
    await connection.closed;
    expect(connection.statuses).toEqual([503]);
  });

  test('is no news to who asks on and on: the connection is not heard for a while, but that of a proxy is, and others are', async () => {
    const { load } = server.ctx;
    const { url } = await server.addNode({ environment: { TRUST_PROXY: '' }, overrides: { load } });
    await press({ node: 5 });
    const [rash, other, proxy] = await Promise.all(
      [url, url, server.url].map((url) => RawConnection.open(url, '127.0.0.1')),
    );
    if (rash === undefined || other === undefined || proxy === undefined) throw new Error('No connections.');
    for (const one of [rash, proxy]) one.write(requestText('/api/v1/doctors').repeat(60));
    await eventually('both have their answers', () => rash.statuses.length === 60 && proxy.statuses.length === 60);
    const beganAtMs = performance.now();
    const late = rash.ask('/api/v1/doctors');
    expect([await other.ask('/api/v1/doctors'), await proxy.ask('/api/v1/doctors')]).toEqual([503, 503]);
    expect(rash.statuses).toHaveLength(60);
    expect(await late).toBe(503);
    expect(performance.now() - beganAtMs).toBeGreaterThan(200);
    for (const one of [rash, other, proxy]) await one.close();
  });
});

test('of a burst as many are let in as can be done soon, more of the pressing; then all go on, with no pressure at all', async () => {
  const { load } = server.ctx;
  const release: (() => void)[] = [];
  const hold = (count: number) => {
    for (let n = 0; n < count; n += 1) void load.during('main', () => new Promise<void>((done) => release.push(done)));
  };
  const letIn = () =>
    (['bulk', 'list', 'usual', 'care'] as const).map(
      (priority) => load.refusal({ priority, part: 'main' }, () => false) === null,
    );
  const { underWay } = loadLimits;
  expect([load.isBusy, letIn()]).toEqual([false, [true, true, true, true]]);
  const seen = [underWay / 2, underWay / 2, 3 * underWay, 4 * underWay].map((more) => {
    hold(more - 1);
    const before = letIn();
    hold(1);
    return [before, letIn()].map((classes) => classes.filter(Boolean).length);
  });
  expect(seen).toEqual([
    [4, 3],
    [3, 2],
    [2, 1],
    [1, 0],
  ]);
  expect(load.isBusy).toBe(true);
  expect(load.refusal({ priority: 'list', part: 'chat' }, () => false)).toBeNull();
  for (const done of release) done();
  await eventually('they are done', () => !load.isBusy);
  expect(letIn()).toEqual([true, true, true, true]);
});

test('a crowd of lists of strangers stands in a line of its own, and nobody else behind it', async () => {
  const { load } = server.ctx;
  const begun: { name: string; end: () => void }[] = [];
  const serve = (name: string, call: Call, isKnown: boolean) =>
    load.serve(call, isKnown, () => new Promise<void>((end) => begun.push({ name, end })));
  const list = { priority: 'list', part: 'main' } as const;
  const crowd = Array.from({ length: loadLimits.aside + 1 }, () => serve('list', list, false));
  const others = [
    serve('own list', list, true),
    serve('login', { priority: 'usual', part: 'main' }, false),
    serve('of the other database', { priority: 'bulk', part: 'chat' }, false),
  ];
  await eventually('all but one list have begun', () => begun.length === loadLimits.aside + others.length);
  expect(begun.map(({ name }) => name).filter((name) => name !== 'list')).toEqual([
    'own list',
    'login',
    'of the other database',
  ]);
  begun.find(({ name }) => name === 'list')?.end();
  await eventually('the last one has too', () => begun.length === crowd.length + others.length);
  for (const { end } of begun) end();
  await Promise.all([...crowd, ...others]);
});

test('who reads a large document slowly stands in the way of its other readers, and of nobody else', async () => {
  const reading = Array.from({ length: loadLimits.underWay / 2 }, () => server.ctx.load.begin('documents'));
  expect(await status(nobody(), '//openapi.json')).toBe(503);
  expect(await status(nobody(), '/doctors?q=ana')).toBe(200);
  for (const end of reading) end();
  expect(await status(nobody(), '//openapi.json')).toBe(200);
  await eventually('nothing goes on', () => !server.ctx.load.isBusy);
});

test('when it is over everything is taken again, by itself', async () => {
  await press({ node: 5 });
  expect(await status(nobody(), '/specialties')).toBe(503);
  wanted['node'] = 0;
  await eventually('a list', async () => (await status(nobody(), '/doctors')) === 200);
  await eventually('a search', async () => (await status(nobody(), '/doctors?q=ana')) === 200);
});

test('a real event loop that is late sends lists away, and takes them again when it is not', async () => {
  const other = await startTestServer({ limits: { load: { windowMs: 50, delayMs: 150 } } });
  let lists: number[] = [];
  const blocking = setInterval(() => {
    const untilMs = performance.now() + 600;
    while (performance.now() < untilMs);
  }, 605);
  await eventually(
    'a list is sent away',
    async () => {
      lists = [...lists, (await other.api('GET', '/doctors')).status];
      return lists.includes(503);
    },
    30_000,
  );
  expect((await other.api('GET', '//health/live')).status).toBe(200);
  clearInterval(blocking);
  await eventually('lists are taken again', async () => (await other.api('GET', '/doctors')).status === 200, 30_000);
  await other.stop();
});

test('with too many passwords waiting, logins are sent away before anything is looked up, and nothing else', async () => {
  const { passwords } = server.ctx;
  const waiting = Array.from({ length: 60 }, () => passwords.verify('x', null).catch(() => false));
  expect(() => passwords.refuseWhenFull()).toThrow('Too many passwords');
  await Promise.all(waiting);
  expect(() => passwords.refuseWhenFull()).not.toThrow();
  const refuseWhenFull = () => {
    throw new PasswordQueueFullError(7);
  };
  const { url } = await server.addNode({ overrides: { passwords: { ...passwords, refuseWhenFull } } });
  const api = createApi(url);
  for (const path of ['/auth/tokens', '/auth/login', '/auth/register']) {
    const answer = await api('POST', path, {});
    expect([...codeOf(answer), answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '7']);
  }
  expect((await api('GET', '/specialties')).status).toBe(200);
  expect((await api('POST', '/auth/refresh', { refreshToken: pair.doctor.refreshToken })).status).toBe(200);
});
