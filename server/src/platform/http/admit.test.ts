import { basePath } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { RawConnection, requestText } from '../../../test/raw-connection.ts';

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

describe('a call whose body is held back', () => {
  let server: TestServer;
  let admin: Person;
  beforeAll(async () => {
    server = await startTestServer();
    admin = await server.people.admin();
  });
  afterAll(() => server.stop());

  type Call = readonly [method: string, path: string, body: object];

  /** Sends all but the body, does something once the session was compared, then sends the body. @returns what came back. */
  async function sendLate(person: Person, [method, path, body]: Call, meanwhile: () => Promise<unknown>) {
    const seen = sql`SELECT count(*) AS n FROM sessions WHERE id = ${person.sessionId} AND last_seen_at > now() - interval '1 minute'`;
    await server.ctx.db.execute(
      sql`UPDATE sessions SET last_seen_at = now() - interval '5 minutes' WHERE id = ${person.sessionId}`,
    );
    const text = JSON.stringify(body);
    const connection = await RawConnection.open(server.url);
    const headers = [
      `authorization: Bearer ${person.accessToken}`,
      'content-type: application/json',
      `content-length: ${text.length}`,
      'connection: close',
    ];
    connection.write(requestText(basePath + path, headers, method));
    await eventually('the session was compared', async () => (await countOf(server.ctx, seen)) === 1);
    await meanwhile();
    connection.write(text);
    await connection.closed;
    return [connection.statuses[0], /"code":"([^"]*)"/.exec(connection.received)?.[1]];
  }

  const reason = 'Lost the laptop';
  const backDoor = { email: 'back.door@example.org', fullName: 'Back Door', role: 'admin' };
  const request = { specialty: 'urology', complaint: 'Pain', urgency: 'routine' };
  const calls = {
    makesAdmin: ['POST', '/admin/users', backDoor],
    asksForCare: ['POST', '/requests', request],
    changesProfile: ['PATCH', '/me', { fullName: 'Somebody Else' }],
    diagnoses: [
      'POST',
      `/requests/${crypto.randomUUID()}/diagnoses`,
      { title: 'T', description: 'D', recommendations: 'R' },
    ],
  } as const satisfies Record<string, Call>;
  const ends = {
    ban: ({ id }: Person) => admin.api('POST', `/admin/users/${id}/ban`, { reason, durationMinutes: 60 }),
    deletion: ({ id }: Person) => admin.api('DELETE', `/admin/users/${id}`, { reason }),
    logout: ({ api }: Person) => api('POST', '/auth/logout-all'),
    withdrawal: ({ id }: Person) => admin.api('POST', `/admin/doctors/${id}/reject`, { reason }),
  };

  it.each([
    ['deletion', 'admin', calls.makesAdmin, 401, 'session-ended'],
    ['ban', 'patient', calls.changesProfile, 403, 'account-banned'],
    ['logout', 'patient', calls.asksForCare, 401, 'session-ended'],
    ['withdrawal', 'doctor', calls.diagnoses, 403, 'doctor-not-approved'],
  ] as const)('is refused after the %s of its %s, and does nothing', async (end, role, call, ...expected) => {
    const person = await server.people[role]();
    const answer = await sendLate(person, call, async () => {
      expect((await ends[end](person)).status).toBeLessThan(300);
    });
    expect(answer).toEqual(expected);
    const left = sql`SELECT count(*) AS n FROM accounts WHERE email = ${backDoor.email} OR full_name = 'Somebody Else'`;
    expect(await countOf(server.ctx, left)).toBe(0);
    expect(await countOf(server.ctx, sql`SELECT count(*) AS n FROM care_requests`)).toBe(0);
  });
});
