import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyOf, openRoom, TestSocket } from '../src/modules/chat/test-support.ts';
import { createLog } from '../src/platform/log.ts';
import { type RunningNode, startNode } from '../src/start-node.ts';
import { DatabaseProxy, startBehindProxy } from './database-proxy.ts';
import { eventually, startTestServer, type TestServer } from './harness.ts';
import { type Api, createApi } from './http.ts';
import { startProxyTo } from './proxy.ts';

let server: TestServer;
let node: RunningNode;
let proxy: DatabaseProxy;
let api: Api;
beforeAll(async () => {
  server = await startTestServer();
  proxy = new DatabaseProxy(server.urls.main);
  const urls = { ...server.urls, main: await proxy.start() };
  node = await startNode({
    config: server.config,
    urls,
    roles: ['api', 'chat', 'worker'],
    log: createLog(server.config),
  });
  api = createApi(node.url);
});
afterAll(async () => {
  proxy.heal();
  await node.stop();
  await proxy.stop();
  await server.stop();
});

describe('with the main database away', () => {
  it('calls answer 503 within five seconds, live stays 200, ready is 503, and all heals without a restart', async () => {
    const { accessToken } = await server.people.patient();
    const headers = { authorization: `Bearer ${accessToken}` };
    const me = () => api('GET', '/me', undefined, { headers });
    expect((await me()).status).toBe(200);

    proxy.cut();
    for (const call of [
      me,
      () => api('GET', '/doctors'),
      () => api('POST', '/auth/tokens', { email: 'a@example.org', password: 'x' }),
    ]) {
      const startedAt = performance.now();
      const { status, body, headers: reply } = await call();
      expect([status, body.code]).toEqual([503, 'unavailable']);
      expect(Number(reply.get('retry-after'))).toBeGreaterThan(0);
      expect(performance.now() - startedAt).toBeLessThan(5000);
      expect(JSON.stringify(body)).not.toMatch(/ECONN|postgres|127\.0\.0\.1/i);
    }
    expect((await api('GET', '//health/live')).status).toBe(200);
    expect((await api('GET', '//health/ready')).status).toBe(503);

    proxy.heal();
    await eventually('the database is back', async () => (await me()).status === 200);
    expect((await api('GET', '//health/ready')).status).toBe(200);
  });

  it('a session that ended elsewhere meanwhile is refused once it is back', async () => {
    const patient = await server.people.patient();
    const headers = { authorization: `Bearer ${patient.accessToken}` };
    proxy.cut();
    await patient.api('POST', '/auth/logout');
    expect((await api('GET', '/me', undefined, { headers })).status).toBe(503);
    proxy.heal();
    await eventually('the database is back', async () => (await api('GET', '//health/ready')).status === 200);
    expect((await api('GET', '/me', undefined, { headers })).body.code).toBe('session-ended');
  });

  it('sockets stay and nobody reads or says anything, since nobody knows whose session has ended; then who may goes on, and who may not is out', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const [gone, stays] = [await TestSocket.as(node, patient), await TestSocket.as(node, doctor)];
    await Promise.all([gone.settled(), stays.settled()]);
    proxy.cut();
    await patient.api('POST', '/auth/logout');
    let refused = 0;
    await eventually('nothing is done for them', async () => {
      refused += 1;
      for (const socket of [gone, stays])
        socket.send({ type: 'send', clientId: `meanwhile-${refused}`, roomId, text: 'Anybody there?' });
      const [answer] = await Promise.all(
        [gone, stays].map((socket) =>
          socket.next('error', ({ clientId }) => clientId === `meanwhile-${refused}`, 500).catch(() => null),
        ),
      );
      return answer?.code === 'unavailable';
    });
    const said = (await historyOf(doctor, roomId)).length;
    const before = [gone, stays].map(({ frames }) => frames.filter(({ type }) => type === 'message').length);
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'private', text: 'This is for you alone.' });
    // Longer than an event takes, and the reading of what an event did not bring.
    await expect(stays.next('message', ({ clientId }) => clientId === 'private', 1500)).rejects.toThrow();
    expect([gone, stays].map(({ frames }) => frames.filter(({ type }) => type === 'message').length)).toEqual(before);

    proxy.heal();
    expect(await stays.next('message', ({ clientId }) => clientId === 'private')).toMatchObject({ seq: said + 1 });
    expect(await gone.closed).toMatchObject({ code: 4403 });
    expect(gone.frames.filter((frame) => 'clientId' in frame && frame.clientId === 'private')).toEqual([]);
    expect(await stays.say(roomId, 'I am here.')).toMatchObject({ seq: said + 2 });
    await stays.close();
  });
});

/** What a call has to be while something is away: quick, and clear about when to come back. */
async function expectUnavailable(call: () => ReturnType<Api>): Promise<void> {
  const startedAt = performance.now();
  const { status, body, headers } = await call();
  expect([status, body.code]).toEqual([503, 'unavailable']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(performance.now() - startedAt).toBeLessThan(5000);
}

const allRoles = ['api', 'chat', 'worker'] as const;

describe('with the chat database away', () => {
  it('care goes on, rooms and messages answer 503 within five seconds, the node stays ready, and all heals without a restart', async () => {
    const behind = await startBehindProxy(server, allRoles);
    const { patient, roomId } = await openRoom(server);
    const at = createApi(behind.node.url, { authorization: `Bearer ${patient.accessToken}` });
    const say = (clientId: string) => at('POST', `/rooms/${roomId}/messages`, { clientId, text: 'Hello' });
    expect((await say('before')).status).toBe(201);

    behind.proxy.cut();
    await expectUnavailable(() => say('meanwhile'));
    await expectUnavailable(() => at('GET', '/rooms'));
    await expectUnavailable(() => at('GET', `/rooms/${roomId}/messages?after=0`));
    expect((await at('GET', '/requests')).status).toBe(200);
    const ready = await at('GET', '//health/ready');
    expect([ready.status, ready.body.checks]).toEqual([200, { main: 'ok', chat: 'away' }]);

    behind.proxy.heal();
    await eventually('the chat is back', async () => (await say('after')).status === 201);
    await behind.node.stop();
    await behind.proxy.stop();
  });
});

describe('with databases that are there and do not answer', () => {
  it('calls answer 503 within five seconds, live stays 200, and all heals without a restart', async () => {
    const [main, chat] = [await startProxyTo(server.urls.main), await startProxyTo(server.urls.chat)];
    const urls = { main: main.url, chat: chat.url };
    const silent = await startNode({ config: server.config, urls, roles: allRoles, log: createLog(server.config) });
    const { patient, roomId } = await openRoom(server);
    const at = createApi(silent.url, { authorization: `Bearer ${patient.accessToken}` });
    expect((await at('GET', `/rooms/${roomId}`)).status).toBe(200);

    chat.silence();
    await expectUnavailable(() => at('GET', `/rooms/${roomId}`));
    main.silence();
    await Promise.all(['/me', '/requests', '/rooms'].map((path) => expectUnavailable(() => at('GET', path))));
    expect((await at('GET', '//health/live')).status).toBe(200);
    expect((await at('GET', '//health/ready')).status).toBe(503);

    main.mend();
    chat.mend();
    await eventually('both are back', async () => (await at('GET', `/rooms/${roomId}`)).status === 200);
    await silent.stop();
    await Promise.all([main.stop(), chat.stop()]);
  });
});

describe('with too few connections', () => {
  it('who gets none in time is told 503 within five seconds, and the next one is served as soon as there is one', async () => {
    const small = await server.addNode({ environment: { DATABASE_POOL_SIZE: '3' } });
    const { accessToken } = await server.people.patient();
    const at = createApi(small.url, { authorization: `Bearer ${accessToken}` });
    const { pool } = small.platform.main;
    const held = await Promise.all(Array.from({ length: 3 }, () => pool.connect()));
    await Promise.all(Array.from({ length: 6 }, () => expectUnavailable(() => at('GET', '/me'))));
    expect((await at('GET', '//health/live')).status).toBe(200);
    const waiting = at('GET', '/me');
    for (const client of held) client.release();
    expect((await waiting).status).toBe(200);
  });

  it('a statement that takes too long is ended in PostgreSQL too, and its connection is good for the next', async () => {
    const startedAt = performance.now();
    const slow = sql`SELECT pg_sleep(30) /* slow */`;
    await expect(server.ctx.db.execute(slow)).rejects.toMatchObject({ cause: { code: '57014' } });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    const running = await server.ctx.db.execute(
      sql`SELECT 1 FROM pg_stat_activity WHERE query LIKE '%/* slow */' AND state = 'active' AND pid <> pg_backend_pid()`,
    );
    expect(running.rows).toEqual([]);
  });
});
