import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { findLiveSessions } from './authenticate.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ environment: { SESSION_IDLE_DAYS: '10', SESSION_MAX_DAYS: '40' } });
});
afterAll(() => server.stop());

const dayMs = 24 * 3600 * 1000;

/** Moves the dates of a session into the past, as if so many days had gone by since. */
async function age({ sessionId }: Person, days: { created?: number; seen?: number; expires?: number }): Promise<void> {
  const { created = 0, seen = 0, expires = 0 } = days;
  await server.ctx.db.execute(sql`UPDATE sessions SET created_at = created_at - make_interval(days => ${created}),
    last_seen_at = last_seen_at - make_interval(days => ${seen}), expires_at = expires_at - make_interval(days => ${expires})
    WHERE id = ${sessionId}`);
}

function refresh({ refreshToken }: Person) {
  return server.api('POST', '/auth/refresh', { refreshToken });
}

/** What a call, a refresh and the look at open sockets say of a session. */
async function verdicts(person: Person) {
  const call = await person.api('GET', '/me');
  const socket = (await findLiveSessions(server.ctx, [person.sessionId])).has(person.sessionId);
  const renewed = await refresh(person);
  return [call.body.code ?? call.status, socket, renewed.body.code ?? renewed.status];
}

const alive = [200, true, 200];
const ended = ['session-ended', false, 'session-ended'];

describe('a session', () => {
  it.each([
    ['lives while it is younger than its age', { created: 39, seen: 9 }, alive],
    ['ends at its age, however lately it was used', { created: 40 }, ended],
    ['ends when it was not used for its idle time', { created: 10, seen: 10 }, ended],
    ['ends at its expiry', { created: 11, seen: 1, expires: 11 }, ended],
  ])('%s', async (_what, days, expected) => {
    const person = await server.people.patient();
    await age(person, days);
    expect(await verdicts(person)).toEqual(expected);
  });

  it('says truly when it ends: after the idle time, and at its age once that comes first', async () => {
    const person = await server.people.patient();
    const daysLeft = (expiresAt: string) => Math.round((Date.parse(expiresAt) - Date.now()) / dayMs);
    const login = await server.api('POST', '/auth/tokens', { email: person.email, password: person.password });
    expect(daysLeft(login.body.session.expiresAt)).toBe(10);
    await age(person, { created: 35 });
    const { body } = await refresh(person);
    expect(daysLeft(body.session.expiresAt)).toBe(5);
    const { items } = (await person.api('GET', '/auth/sessions')).body;
    const own = items.find(({ id }: { id: string }) => id === person.sessionId);
    expect(own.expiresAt).toBe(body.session.expiresAt);
    const [row] = await rowsOf<{ exact: boolean }>(
      server.ctx,
      sql`SELECT expires_at = created_at + interval '40 days' AS exact FROM sessions WHERE id = ${person.sessionId}`,
    );
    expect(row?.exact).toBe(true);
  });

  it('that is over is not in the list any more', async () => {
    const person = await server.people.patient();
    const other = await server.people.logIn(person);
    await age(other, { created: 40 });
    const { items } = (await person.api('GET', '/auth/sessions')).body;
    expect(items.map(({ id }: { id: string }) => id)).toEqual([person.sessionId]);
  });
});
