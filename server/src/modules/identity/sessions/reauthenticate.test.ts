import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enableTotp, TestClock } from '../../../../test/authenticator.ts';
import { eventsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, codeOf } from '../../../../test/http.ts';

const clock = new TestClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ overrides: { clock }, environment: { ADMIN_STEP_UP: 'on' } });
});
afterAll(() => server.stop());

const reason = 'Insulted a patient';

/** As if somebody had shown who they are so many minutes ago. */
async function age({ sessionId }: Person, minutes: number): Promise<void> {
  await server.ctx.db.execute(
    sql`UPDATE sessions SET authenticated_at = now() - make_interval(mins => ${minutes}) WHERE id = ${sessionId}`,
  );
}

/** An admin who logged in an hour ago. */
async function staleAdmin(): Promise<Person> {
  const admin = await server.people.admin();
  await age(admin, 60);
  return admin;
}

function ban(admin: Person, id: string): Promise<Answer> {
  return admin.api('POST', `/admin/users/${id}/ban`, { reason, durationMinutes: 5 });
}

describe('an admin who has not shown for five minutes who they are', () => {
  it('is asked to, before any destructive act, and nothing happens', async () => {
    const [admin, patient] = [await staleAdmin(), await server.people.patient()];
    const doctor = await server.people.doctor();
    await enableTotp(patient, clock);
    const answers = [
      await ban(admin, patient.id),
      await admin.api('DELETE', `/admin/users/${patient.id}`, { reason }),
      await admin.api('POST', `/admin/users/${patient.id}/mfa/reset`, { reason }),
      await admin.api('POST', `/admin/doctors/${doctor.id}/reject`, { reason }),
    ];
    expect(answers.map(codeOf)).toEqual(Array(4).fill([401, 'reauthentication-required']));
    expect(answers[0]?.body.detail).toContain('/auth/reauthenticate');
    expect((await patient.api('GET', '/me')).body).toMatchObject({ status: 'active', mfaEnabled: true });
    expect((await doctor.api('GET', '/me')).body.status).toBe('active');
  });

  it('may still do what destroys nothing', async () => {
    const [admin, doctor] = [await staleAdmin(), await server.people.doctor({ approved: false })];
    expect((await admin.api('GET', '/admin/users')).status).toBe(200);
    expect((await admin.api('POST', `/admin/doctors/${doctor.id}/approve`, {})).status).toBe(200);
  });

  it('may again after the password, in this session and for five minutes', async () => {
    const [admin, patient] = [await staleAdmin(), await server.people.patient()];
    const other = await server.people.logIn(admin);
    await age(other, 60);
    expect((await admin.api('POST', '/auth/reauthenticate', { password: admin.password })).status).toBe(204);
    expect(codeOf(await ban(other, patient.id))).toEqual([401, 'reauthentication-required']);
    expect((await ban(admin, patient.id)).status).toBe(201);
    await age(admin, 6);
    expect(codeOf(await ban(admin, (await server.people.patient()).id))).toEqual([401, 'reauthentication-required']);
  });

  it('is not freshly authenticated by a refresh', async () => {
    const [admin, patient] = [await staleAdmin(), await server.people.patient()];
    const { body } = await server.api('POST', '/auth/refresh', { refreshToken: admin.refreshToken });
    const headers = { authorization: `Bearer ${body.accessToken}` };
    const banned = await server.api(
      'POST',
      `/admin/users/${patient.id}/ban`,
      { reason, durationMinutes: 5 },
      { headers },
    );
    expect(codeOf(banned)).toEqual([401, 'reauthentication-required']);
  });

  it('right after a login need not be asked', async () => {
    const [admin, patient] = [await server.people.admin(), await server.people.patient()];
    expect((await ban(admin, patient.id)).status).toBe(201);
  });
});

describe('showing again who one is', () => {
  it('works with a code, once', async () => {
    const [admin, patient] = [await server.people.admin(), await server.people.patient()];
    const authenticator = await enableTotp(admin, clock);
    await age(admin, 60);
    const totp = authenticator.next();
    expect((await admin.api('POST', '/auth/reauthenticate', { totp })).status).toBe(204);
    expect((await ban(admin, patient.id)).status).toBe(201);
    expect(codeOf(await admin.api('POST', '/auth/reauthenticate', { totp }))).toEqual([403, 'invalid-credentials']);
    expect(await eventsOf(server.ctx, admin.id)).toEqual(['mfa-enabled', 'second-factor-failed']);
  });

  it('with anything wrong among what was given is 403 and counts for nothing', async () => {
    const [admin, patient] = [await server.people.admin(), await server.people.patient()];
    const authenticator = await enableTotp(admin, clock);
    await age(admin, 60);
    const wrong = [
      { password: 'not that one, sorry' },
      { password: 'not that one, sorry', totp: authenticator.next() },
      { password: admin.password, totp: authenticator.wrong() },
      { totp: authenticator.wrong() },
    ];
    for (const body of wrong)
      expect(codeOf(await admin.api('POST', '/auth/reauthenticate', body))).toEqual([403, 'invalid-credentials']);
    expect(codeOf(await ban(admin, patient.id))).toEqual([401, 'reauthentication-required']);
  });

  it('takes a password, a code, or both; a code of no factor is a conflict', async () => {
    const person = await server.people.patient();
    expect(codeOf(await person.api('POST', '/auth/reauthenticate', {}))).toEqual([400, 'invalid-request']);
    const totp = '123456';
    expect(codeOf(await person.api('POST', '/auth/reauthenticate', { totp }))).toEqual([409, 'mfa-not-enabled']);
    const authenticator = await enableTotp(person, clock);
    const both = { password: person.password, totp: authenticator.next() };
    expect((await person.api('POST', '/auth/reauthenticate', both)).status).toBe(204);
  });
});
