import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRoom, type Pair, TestSocket } from '../src/modules/chat/test-support.ts';
import { createHttpServer } from '../src/platform/http/server.ts';
import { CallBudget, currentBudget } from '../src/platform/redis/call-budget.ts';
import type { RunningNode } from '../src/start-node.ts';
import { eventsOf } from './database.ts';
import type { Person } from './factories.ts';
import { eventually, startTestServer, type TestServer } from './harness.ts';
import { type Answer, createApi } from './http.ts';
import { freePort, needsRedis, startProxy, startRedis, type TestProxy, type TestRedis } from './redis.ts';

/** A node, its own way to the one Redis, what it logs of it, and where it shows its metrics. */
type Node = Pick<RunningNode, 'url' | 'ctx'> & { proxy: TestProxy; lines: string[]; metricsUrl: string };

/** The same people through all faults: nobody is logged out by any of them. */
type Cast = Pair & { admin: Person; pending: Person; sockets: [patient: TestSocket, doctor: TestSocket] };

/** Frames of the bus by somebody who writes to Redis: what each topic carries is misshapen. */
const forgedEvents = [
  'identity.sessions-ended',
  'chat.messages-appended',
  'chat.message-edited',
  'chat.message-retracted',
  'chat.messages-removed',
  'chat.room-read',
  'chat.presence-changed',
  'chat.member-typing',
  'chat.room-changed',
].flatMap((topic) =>
  [null, 7, {}, { rooms: 'all' }, { rooms: [null] }, { accountIds: null }, { roomId: [], seq: 'x' }].map((payload) =>
    JSON.stringify({ node: 'nobody', topic, payload }),
  ),
);

describe.skipIf(!needsRedis('test/redis-faults.test.ts'))('the whole product, on two nodes, whose Redis is', () => {
  let redis: TestRedis;
  let server: TestServer;
  let nodes: [Node, Node];
  let cast: Cast;
  beforeAll(async () => {
    redis = await startRedis();
    const [proxyA, proxyB] = await Promise.all([startProxy(redis.port), startProxy(redis.port)]);
    const a = await settings(proxyA);
    server = await startTestServer({ environment: a.environment, log: a.log });
    const b = await settings(proxyB);
    const second = await server.addNode({ roles: ['api', 'chat'], environment: b.environment, log: b.log });
    nodes = [
      { ...a, url: server.url, ctx: server.ctx },
      { ...b, url: second.url, ctx: second.ctx },
    ];
    const pair = await openRoom(server);
    cast = {
      ...pair,
      admin: await server.people.admin(),
      pending: await server.people.doctor({ approved: false }),
      sockets: [await TestSocket.as(nodes[0], pair.patient), await TestSocket.as(nodes[1], pair.doctor)],
    };
  });
  afterAll(async () => {
    await Promise.all(cast.sockets.map((socket) => socket.close()));
    await server.stop();
    await Promise.all(nodes.map(({ proxy }) => proxy.stop()));
    await redis.stop();
  });

  /** What ends the fault of this test, also where it failed. */
  let mend: () => unknown = () => {};
  beforeEach(() => isBack());
  afterEach(async () => {
    await mend();
    mend = () => {};
  });

  async function settings(proxy: TestProxy) {
    const lines: string[] = [];
    const port = await freePort();
    return {
      proxy,
      lines,
      metricsUrl: `http://127.0.0.1:${port}/metrics`,
      environment: { REDIS_URL: proxy.url, METRICS_PORT: `${port}` },
      log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line).msg) }),
    };
  }

  function call({ url }: Node, { accessToken }: Person, method: string, path: string, body?: unknown): Promise<Answer> {
    return createApi(url)(method, path, body, { headers: { authorization: `Bearer ${accessToken}` } });
  }

  async function metric({ metricsUrl }: Node, series: string): Promise<number> {
    const text = await (await fetch(metricsUrl)).text();
    const line = text.split('\n').find((line) => line.startsWith(`${series} `));
    return Number(line?.slice(series.length) ?? 0);
  }

  /** What of Redis the nodes have said since: that it went, and that it came. */
  const said = () => nodes.map(({ lines }) => lines.filter((line) => /^redis (degraded|healed)$/.test(line)));

  /** A day at the clinic: every answer is right, on both nodes, for all roles; nobody gains or loses anything. */
  async function walk(): Promise<void> {
    const { patient, doctor, admin, pending, roomId, sockets } = cast;
    const [a, b] = nodes;
    const leaving = await server.people.patient();
    for (const node of nodes) {
      expect((await createApi(node.url)('GET', '//health/ready')).status).toBe(200);
      const roles = await Promise.all(
        [patient, doctor, admin, pending, leaving].map((person) => call(node, person, 'GET', '/me')),
      );
      expect(roles.map(({ status, body }) => [status, body.role])).toEqual(
        ['patient', 'doctor', 'admin', 'doctor', 'patient'].map((role) => [200, role]),
      );
      const refused = await Promise.all([
        call(node, patient, 'GET', '/admin/users'),
        call(node, pending, 'GET', '/requests?box=incoming'),
        call(node, doctor, 'GET', '/admin/stats'),
      ]);
      expect(refused.map(({ status, body }) => [status, body.code])).toEqual([
        [403, 'forbidden'],
        [403, 'doctor-not-approved'],
        [403, 'forbidden'],
      ]);
    }
    const complaint = { doctorId: doctor.id, complaint: 'A cough.', urgency: 'routine' };
    const request = await call(a, patient, 'POST', '/requests', complaint);
    expect(request.status).toBe(201);
    const incoming = await call(b, doctor, 'GET', '/requests?box=incoming');
    expect(incoming.body.items.map(({ id }: { id: string }) => id)).toContain(request.body.id);
    expect((await call(b, doctor, 'POST', `/requests/${request.body.id}/accept`)).status).toBe(200);
    expect((await call(a, admin, 'GET', `/admin/users/${patient.id}`)).body.id).toBe(patient.id);
    for (const [from, to] of [sockets, sockets.toReversed()] as [TestSocket, TestSocket][]) {
      const { seq } = await from.say(roomId, 'Hello.');
      await to.next('message', (message) => message.roomId === roomId && message.seq === seq);
    }
    expect((await call(a, leaving, 'POST', '/auth/logout')).status).toBe(204);
    for (const node of nodes) expect((await call(node, leaving, 'GET', '/me')).body.code).toBe('session-ended');
  }

  /** Every key that is in Redis at this moment, ours all. */
  async function keys(): Promise<string[]> {
    await Promise.all(
      nodes.flatMap((node) =>
        Object.values(cast).flatMap((who) => (isPerson(who) ? [call(node, who, 'GET', '/me')] : [])),
      ),
    );
    await eventually(
      'copies of sessions are there',
      async () => (await redis.command('KEYS', 'openward:session:*')) !== '*0',
    );
    const found = (await redis.command('KEYS', 'openward:*'))
      .split('\r\n')
      .filter((line) => line.startsWith('openward:'));
    expect(new Set(found.map((key) => key.split(':')[1]))).toContain('limit');
    return found;
  }

  async function overwrite(command: (key: string, index: number) => string[]): Promise<void> {
    for (const [index, key] of (await keys()).entries()) {
      await redis.command('DEL', key);
      await redis.command(...command(key, index));
    }
  }

  const everyProxy = (act: (proxy: TestProxy) => void) => () => {
    for (const { proxy } of nodes) act(proxy);
  };
  const config = (name: string, value: string) => () => redis.command('CONFIG', 'SET', name, value);
  const mendAll = everyProxy((proxy) => proxy.mend());

  const absences: [name: string, harm: () => unknown, mend: () => unknown][] = [
    ['killed', () => redis.kill(), () => redis.restart()],
    ['slow: 60 ms an answer', everyProxy((proxy) => proxy.delay(60)), everyProxy((proxy) => proxy.delay(0))],
    ['slow: 2 s an answer', everyProxy((proxy) => proxy.delay(2000)), everyProxy((proxy) => proxy.delay(0))],
    ['full', config('maxmemory', '1'), config('maxmemory', '0')],
    ['read-only', () => redis.command('REPLICAOF', '127.0.0.1', '1'), () => redis.command('REPLICAOF', 'NO', 'ONE')],
    ['cut off one way: nothing arrives there', everyProxy((proxy) => proxy.silence('there')), mendAll],
    ['cut off one way: nothing comes back', everyProxy((proxy) => proxy.silence('back')), mendAll],
    ['cut off', everyProxy((proxy) => proxy.cut()), mendAll],
  ];

  it.each(absences)('%s: every answer is right, and each node says once that it went and once that it came', survive);

  it('paused for fifteen seconds: every answer is right all the while', async () => {
    const pause = () => redis.pause();
    const goOn = () => redis.goOn();
    await survive('paused', pause, goOn, async () => {
      const until = performance.now() + 15_000;
      while (performance.now() < until) {
        await walk();
        await sleep(1000);
      }
    });
  });

  async function survive(_name: string, harm: () => unknown, heal: () => unknown, meanwhile = walk): Promise<void> {
    for (const { lines } of nodes) lines.length = 0;
    mend = heal;
    await harm();
    await meanwhile();
    expect(said()).toEqual(nodes.map(() => ['redis degraded']));
    for (const node of nodes) expect(await metric(node, 'openward_redis_healthy{purpose="commands"}')).toBe(0);
    await heal();
    mend = () => {};
    await isBack();
    expect(said()).toEqual(nodes.map(() => ['redis degraded', 'redis healed']));
    await walk();
  }

  /** Commands and events. */
  async function isBack(): Promise<void> {
    await eventually('commands go over Redis', () => nodes.every(({ ctx }) => ctx.redis?.healthy === true), 20_000);
    const events = 'openward_redis_healthy{purpose="events"}';
    for (const node of nodes)
      await eventually('events go over Redis', async () => (await metric(node, events)) === 1, 20_000);
  }

  it.each<[string, () => unknown]>([
    ['flushed', () => redis.command('FLUSHALL')],
    ['restarted empty', () => redis.restart()],
  ])('%s: every answer is right', async (_name, harm) => {
    await harm();
    await walk();
    await isBack();
    await walk();
  });

  const refusedByRedis = () => Promise.all(nodes.map((node) => metric(node, 'openward_redis_refused_total')));

  it.each<[string, (key: string, index: number) => string[]]>([
    [
      'of wrong types under every key',
      (key, index) =>
        [
          ['RPUSH', key, 'x'],
          ['HSET', key, 'role', 'admin'],
          ['SADD', key, 'x'],
        ][index % 3] as string[],
    ],
    ['full of garbage JSON under every key', (key) => ['SET', key, '{"role":"admin","points":']],
  ])('%s: every answer is right, it is counted and said, and no longer there', async (_name, command) => {
    const before = await refusedByRedis();
    await overwrite(command);
    for (const text of ['{"node":"x"', ...forgedEvents]) await redis.command('PUBLISH', 'openward:bus', text);
    await walk();
    for (const [index, count] of (await refusedByRedis()).entries()) expect(count).toBeGreaterThan(before[index] ?? 0);
    expect(nodes.map(({ lines }) => lines.includes('redis refused a command'))).toEqual([true, true]);
    await walk();
    const { id, sessionId } = cast.patient;
    expect(await redis.command('GET', `openward:session:1:{${id}}:${sessionId}`)).toMatch(/\.patient\./);
  });

  it('asked on the budget of each call, also by what follows on its body', async () => {
    const app = await createHttpServer(server.ctx);
    const budgets: (CallBudget | undefined)[] = [];
    app.addHook('onRequest', async () => void budgets.push(currentBudget()));
    app.post('/', async () => {
      await nextTurn();
      budgets.push(currentBudget());
      return {};
    });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    for (let n = 0; n < 2; n += 1) await createApi(url)('POST', '//', { large: 'x'.repeat(90_000) });
    await app.close();
    const [first, alsoFirst, second, alsoSecond] = budgets;
    expect(first).toBeInstanceOf(CallBudget);
    expect([alsoFirst === first, alsoSecond === second, first === second]).toEqual([true, true, false]);
  });

  it('poisoned with the rights of others: nobody gains any, and it is a security event', async () => {
    const keyOf = ({ id, sessionId }: Person) => `openward:session:1:{${id}}:${sessionId}`;
    const { patient, doctor, admin, pending } = cast;
    await keys();
    const copyOf = async (person: Person) => (await redis.command('GET', keyOf(person))).split('\r\n')[1] ?? '';
    const [ofAdmin, ofDoctor] = [await copyOf(admin), await copyOf(doctor)];
    expect([ofAdmin, ofDoctor]).toEqual([expect.stringContaining('.admin.'), expect.stringContaining('.doctor.1.')]);
    const forged = await metric(nodes[0], 'openward_session_cache_total{outcome="forged"}');
    for (const [victim, copy] of [
      [patient, ofAdmin],
      [doctor, ofAdmin],
      [pending, ofDoctor],
    ] as const)
      await redis.command('SET', keyOf(victim), copy);
    await walk();
    for (const { id } of [patient, doctor, pending])
      expect(await eventsOf(server.ctx, id)).toContain('session-cache-forged');
    expect(await metric(nodes[0], 'openward_session_cache_total{outcome="forged"}')).toBeGreaterThan(forged);
  });
});

function isPerson(value: unknown): value is Person {
  return typeof value === 'object' && value !== null && 'accessToken' in value;
}
