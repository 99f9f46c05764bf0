import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';

describe('who reads what is for everybody', () => {
  let server: TestServer;
  beforeAll(async () => {
    const limits = { 'address.read': { points: 3, windowS: 600 }, 'account.read': { points: 8, windowS: 600 } };
    server = await startTestServer({ limits });
  });
  afterAll(() => server.stop());

  const readings = (count: number) => Array.from({ length: count }, (_, n) => n);

  it('counts by account with a session, however many share its address, and by address without one', async () => {
    const [first, second] = await Promise.all([server.people.patient(), server.people.doctor()]);
    for (const _ of readings(8)) {
      for (const { api } of [first, second]) expect((await api('GET', '/doctors')).status).toBe(200);
    }
    const { status, headers } = await first.api('GET', '/specialties');
    expect([status, headers.get('ratelimit-policy')]).toEqual([429, expect.stringContaining('8')]);
    for (const _ of readings(3)) expect((await server.api('GET', '/doctors')).status).toBe(200);
    expect((await server.api('GET', '/doctors')).status).toBe(429);
  });

  it('is no stranger’s way around the limit: a token that is none counts by address', async () => {
    const bad = { headers: { authorization: 'Bearer a.b.c.d.e' } };
    const statuses = [];
    for (const _ of readings(4)) statuses.push((await server.api('GET', '/doctors', undefined, bad)).status);
    expect(statuses.at(-1)).toBe(429);
  });
});
