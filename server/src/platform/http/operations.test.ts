import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { createApi } from '../../../test/http.ts';
import { withParts } from '../../../test/with-parts.ts';
import { mountHealth, type ReadyCheck } from './operations.ts';
import { createHttpServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ limits: { 'address.read': { points: 2, windowS: 60 } } });
});
afterAll(() => server.stop());

/** A call from an address of its own, so that no test uses up another's limit. */
const get = (path: string, address: string) =>
  server.api('GET', `/${path}`, undefined, { headers: { 'x-forwarded-for': address } });

describe('health', () => {
  test('is alive and ready, and never limited', async () => {
    for (let call = 0; call < 5; call += 1) {
      const live = await get('/health/live', '192.0.2.1');
      expect([live.status, live.body]).toEqual([200, { status: 'ok' }]);
      const ready = await get('/health/ready', '192.0.2.1');
      expect([ready.status, ready.body]).toEqual([200, { status: 'ready', checks: { main: 'ok', chat: 'ok' } }]);
      expect(ready.headers.get('ratelimit')).toBeNull();
    }
  });

  test('is not ready while a check fails or hangs, stays alive, and says nothing at info', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    const ready: ReadyCheck[] = [
      { name: 'main', needed: true, check: () => Promise.reject(new Error('secret host')) },
      { name: 'chat', needed: true, check: () => new Promise(() => {}) },
      { name: 'other', needed: true, check: () => Promise.resolve() },
    ];
    const app = await createHttpServer(withParts(server.ctx, { log }));
    mountHealth(app, server.ctx, { ready, isStopping: () => false });
    const { status, body, headers } = await createApi(await app.listen({ port: 0 }))('GET', '//health/ready');
    expect(status).toBe(503);
    expect(body).toMatchObject({ code: 'unavailable', checks: { main: 'away', chat: 'away', other: 'ok' } });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(headers.get('x-request-id')).toBe(body.requestId);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await app.inject('/health/live')).statusCode).toBe(200);
    expect((await app.inject('/openapi.json')).statusCode).toBe(404);
    expect(lines.filter((line) => line.includes('/health'))).toEqual([]);
    await app.close();
  });
});

test('the public keys are public, and nothing else is', async () => {
  const { status, body, headers } = await get('/.well-known/jwks.json', '192.0.2.2');
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('public, max-age=300');
  expect(body.keys.length).toBeGreaterThan(0);
  for (const key of body.keys) {
    expect(key).toMatchObject({ kty: 'RSA', kid: expect.any(String) });
    for (const secret of ['d', 'p', 'q', 'k']) expect(key).not.toHaveProperty(secret);
  }
});

test('the document is served, and the third call of a limit of two is refused', async () => {
  const { status, body, headers } = await get('/openapi.json', '192.0.2.3');
  expect([status, body.openapi]).toEqual([200, '3.1.0']);
  expect(body.servers).toEqual([{ url: 'https://portal.openward.test' }]);
  expect(headers.get('ratelimit-policy')).toBe('"address.read";q=2;w=60');
  expect((await get('/docs', '192.0.2.3')).status).toBe(200);
  const refused = await get('/.well-known/jwks.json', '192.0.2.3');
  expect([refused.status, refused.body.code]).toEqual([429, 'rate-limited']);
  expect(refused.headers.get('retry-after')).not.toBeNull();
});

test.each(['/dev/mailbox', '/dev/mailbox.json'])(
  '%s is missing like any other route where mails are sent',
  async (path) => {
    const { status, body } = await get(path, '192.0.2.4');
    const missing = await get('/no-such-route', '192.0.2.4');
    expect(status).toBe(404);
    expect({ ...body, requestId: '' }).toEqual({ ...missing.body, requestId: '' });
    expect((await get('/', '192.0.2.5')).body).not.toContain('/dev/mailbox');
  },
);
