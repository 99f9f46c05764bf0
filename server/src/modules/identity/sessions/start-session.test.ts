import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionsPerAccount } from '#server/limits.ts';
import { countOf } from '../../../../test/database.ts';
import { eventually } from '../../../../test/eventually.ts';
import { goodPassword, type Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, cookiesOf } from '../../../../test/http.ts';
import { recordStatements } from '../../../../test/statements.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

function liveSessions({ id }: Person): Promise<number> {
  return countOf(server.ctx, sql`SELECT count(*) AS n FROM sessions WHERE account_id = ${id} AND ended_at IS NULL`);
}

describe('one session more than an account may have', () => {
  it('ends the one that was seen longest ago, also when many begin at once', async () => {
    const first = await server.people.patient();
    const second = await server.people.logIn(first);
    await server.ctx.db.execute(
      sql`UPDATE sessions SET last_seen_at = now() - interval '1 hour' WHERE id = ${second.sessionId}`,
    );
    // Not more at once: on a slow machine some would not get the account's row in time.
    const sevenMore = () => Promise.all(Array.from({ length: 7 }, () => server.people.logIn(first)));
    for (let live = 2; live < sessionsPerAccount; live += 7) await sevenMore();
    expect(await liveSessions(first)).toBe(sessionsPerAccount);
    const newest = await server.people.logIn(first);
    expect(await liveSessions(first)).toBe(sessionsPerAccount);
    expect((await second.api('GET', '/me')).body.code).toBe('session-ended');
    for (const { api } of [first, newest]) expect((await api('GET', '/me')).status).toBe(200);
    for (let n = 0; n < 3; n += 1) await sevenMore();
    expect(await liveSessions(first)).toBe(sessionsPerAccount);
  });
});

describe('a browser that logs in again', () => {
  const headers = { 'sec-fetch-site': 'same-origin' };
  const logIn = ({ email }: Person, cookie = ''): Promise<Answer> =>
    server.api('POST', '/auth/login', { email, password: goodPassword }, { headers: { ...headers, cookie } });
  const me = (cookie: string) => server.api('GET', '/me', undefined, { headers: { cookie } });

  it('has one session, not two, whether as the same person or as another', async () => {
    const [person, other] = [await server.people.patient(), await server.people.patient()];
    const first = cookiesOf(await logIn(person));
    const second = cookiesOf(await logIn(person, first));
    expect([(await me(first)).body.code, (await me(second)).status]).toEqual(['session-ended', 200]);
    const third = cookiesOf(await logIn(other, second));
    expect([(await me(second)).body.code, (await me(third)).body.id]).toEqual(['session-ended', other.id]);
    // The session of the factory, on another device, has nothing to do with it.
    expect((await person.api('GET', '/me')).status).toBe(200);
  });

  it('keeps what it has when the login fails, and is not disturbed by a cookie that is no token', async () => {
    const person = await server.people.patient();
    const first = cookiesOf(await logIn(person));
    const failed = await server.api(
      'POST',
      '/auth/login',
      { email: person.email, password: 'eleven wrong words 11' },
      { headers: { ...headers, cookie: first } },
    );
    expect([failed.status, (await me(first)).status]).toEqual([401, 200]);
    expect((await logIn(person, '__Secure-openward-refresh=nonsense')).status).toBe(200);
    expect((await logIn(person, `__Secure-openward-refresh=${person.accessToken}`)).status).toBe(200);
    expect((await person.api('GET', '/me')).status).toBe(200);
  });
});

it('a login asks the main database five times, once its connection knows the statements', async () => {
  const person = await server.people.patient();
  const own = ['account_by_email', 'begin', 'lock_account', 'accounts_by_ids', 'open_session', 'audit_entries'];
  await eventually('nothing else is asked for', async () => {
    const recorded = recordStatements(server.urls.main);
    expect((await server.api('POST', '/auth/tokens', { email: person.email, password: goodPassword })).status).toBe(
      200,
    );
    recorded.stop();
    const names = recorded.all().map(({ name, text }) => name ?? text);
    const asked = names.filter((name) => own.includes(name) || /sessions|refresh_tokens|known_devices/.test(name));
    return asked.join() === 'account_by_email,accounts_by_ids,open_session,audit_entries';
  });
});
