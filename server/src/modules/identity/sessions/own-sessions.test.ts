import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/id.ts';
import { rowsOf, sessionIsLive } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { withoutRequestId } from '../../../../test/http.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ limits: { 'password.account': { points: 3, windowS: 300 } } });
});
afterAll(() => server.stop());

const newPassword = 'eight louder herons 43';

/** One person on three devices. */
async function threeDevices(): Promise<[Person, Person, Person]> {
  const person = await server.people.patient();
  return [person, await server.people.logIn(person), await server.people.logIn(person)];
}

async function live(...people: Person[]): Promise<boolean[]> {
  return Promise.all(people.map(({ sessionId }) => sessionIsLive(server.ctx, sessionId)));
}

describe('the own sessions', () => {
  it('are listed with where they come from, and say which one asks', async () => {
    const [first, second] = await threeDevices();
    const headers = { 'user-agent': 'Test browser', 'x-forwarded-for': '198.51.100.7' };
    const body = { email: first.email, password: first.password };
    const login = await server.api('POST', '/auth/tokens', body, { headers });
    const { items } = (await second.api('GET', '/auth/sessions')).body;
    expect(items).toHaveLength(4);
    const ofLogin = items.find(({ id }: { id: string }) => id === login.body.session.id);
    expect(ofLogin).toMatchObject({ ip: '198.51.100.7', userAgent: 'Test browser', current: false });
    const current = items.filter((item: { current: boolean }) => item.current);
    expect(current.map(({ id }: { id: string }) => id)).toEqual([second.sessionId]);
  });

  it('never show those of somebody else, nor those that are over', async () => {
    const [[person, ended], stranger] = [await threeDevices(), await server.people.patient()];
    await ended.api('POST', '/auth/logout');
    const ids = (await person.api('GET', '/auth/sessions')).body.items.map(({ id }: { id: string }) => id);
    expect(ids).not.toContain(stranger.sessionId);
    expect(ids).not.toContain(ended.sessionId);
    expect(ids).toHaveLength(2);
  });

  it('logout ends this one only', async () => {
    const [first, second, third] = await threeDevices();
    expect((await first.api('POST', '/auth/logout')).status).toBe(204);
    expect(await live(first, second, third)).toEqual([false, true, true]);
    expect((await first.api('GET', '/me')).body.code).toBe('session-ended');
  });

  it('logout-all ends every one of the account and none of others', async () => {
    const [[first, second, third], stranger] = [await threeDevices(), await server.people.patient()];
    const out = await first.api('POST', '/auth/logout-all');
    expect([out.status, out.headers.get('clear-site-data')]).toEqual([204, '"cache", "storage"']);
    expect(await live(first, second, third, stranger)).toEqual([false, false, false, true]);
  });

  it('one can be ended from another, once', async () => {
    const [first, second, third] = await threeDevices();
    expect((await first.api('DELETE', `/auth/sessions/${second.sessionId}`)).status).toBe(204);
    expect(await live(first, second, third)).toEqual([true, false, true]);
    expect((await first.api('DELETE', `/auth/sessions/${second.sessionId}`)).body.code).toBe('not-found');
  });

  it('another one asks who has not shown for five minutes who they are; this one ends without', async () => {
    const [first, second] = await threeDevices();
    await server.ctx.db.execute(
      sql`UPDATE sessions SET authenticated_at = now() - interval '5 minutes' WHERE id = ${first.sessionId}`,
    );
    const refused = await first.api('DELETE', `/auth/sessions/${second.sessionId}`);
    expect([refused.status, refused.body.code]).toEqual([401, 'reauthentication-required']);
    expect(await live(first, second)).toEqual([true, true]);
    expect((await first.api('DELETE', `/auth/sessions/${first.sessionId}`)).status).toBe(204);
    expect(await live(first, second)).toEqual([false, true]);
  });

  it('somebody else’s cannot be ended, and cannot be told from one that never was', async () => {
    const [person, stranger] = [await server.people.patient(), await server.people.patient()];
    const foreign = await person.api('DELETE', `/auth/sessions/${stranger.sessionId}`);
    const missing = await person.api('DELETE', `/auth/sessions/${newId()}`);
    expect(foreign.status).toBe(404);
    expect(withoutRequestId(foreign.body)).toEqual(withoutRequestId(missing.body));
    expect(await live(stranger)).toEqual([true]);
  });

  it('ends are written into the audit with who, what and why', async () => {
    const [first, second] = await threeDevices();
    await first.api('DELETE', `/auth/sessions/${second.sessionId}`);
    const [row] = await rowsOf(
      server.ctx,
      sql`SELECT actor_id, owner_id, details->>'because' AS because FROM audit_log WHERE action = 'session.ended' AND subject_id = ${second.sessionId}`,
    );
    expect(row).toEqual({ actor_id: first.id, owner_id: first.id, because: 'ended-by-owner' });
  });
});

describe('changing the password', () => {
  const change = (person: Person, currentPassword: string, next = newPassword) =>
    person.api('POST', '/auth/change-password', { currentPassword, newPassword: next });

  it('ends the other sessions, keeps this one, and mails a notice', async () => {
    const [first, second, third] = await threeDevices();
    expect((await change(first, first.password)).status).toBe(204);
    expect(await live(first, second, third)).toEqual([true, false, false]);
    expect((await first.api('GET', '/me')).status).toBe(200);
    expect((await server.api('POST', '/auth/refresh', { refreshToken: second.refreshToken })).status).toBe(401);
    await server.mailbox.waitFor(first.email, 'password was changed');
    const login = (password: string) => server.api('POST', '/auth/tokens', { email: first.email, password });
    expect((await login(first.password)).body.code).toBe('invalid-credentials');
    expect((await login(newPassword)).status).toBe(200);
  });

  it('a wrong current password is 403, changes nothing and ends nothing', async () => {
    const [first, second] = await threeDevices();
    const { status, body } = await change(first, 'not that one, sorry');
    expect([status, body.code]).toEqual([403, 'invalid-credentials']);
    expect(await live(first, second)).toEqual([true, true]);
    expect((await server.api('POST', '/auth/tokens', { email: first.email, password: first.password })).status).toBe(
      200,
    );
  });

  it('a weak new password is named and changes nothing', async () => {
    const [first, second] = await threeDevices();
    for (const weak of ['short', first.email]) {
      const { status, body } = await change(first, first.password, weak);
      expect([status, body.code, body.errors[0].path]).toEqual([400, 'weak-password', 'newPassword']);
    }
    expect(await live(second)).toEqual([true]);
  });

  it('guessing the current password is limited by account, before it is hashed', async () => {
    const person = await server.people.patient();
    const answers = await Promise.all(Array.from({ length: 20 }, () => change(person, 'not that one, sorry')));
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(17);
    expect((await change(person, person.password)).status).toBe(429);
  });

  it('of three changes at once one wins, and its password is the one that counts', async () => {
    const person = await server.people.patient();
    const devices = await Promise.all(Array.from({ length: 3 }, () => server.people.logIn(person)));
    const answers = await Promise.all(
      devices.map((device, index) => change(device, person.password, `${newPassword} ${index}`)),
    );
    const won = answers.flatMap(({ status }, index) => (status === 204 ? [index] : []));
    expect(won).toHaveLength(1);
    const login = { email: person.email, password: `${newPassword} ${won[0]}` };
    expect((await server.api('POST', '/auth/tokens', login)).status).toBe(200);
  });
});
