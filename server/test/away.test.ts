import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../src/platform/log.ts';
import { type RunningNode, startNode } from '../src/start-node.ts';
import { DatabaseProxy } from './database-proxy.ts';
import { eventually, startTestServer, type TestServer } from './harness.ts';
import { type Api, createApi } from './http.ts';

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
});
