import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enableTotp, TestClock } from '../../../../test/authenticator.ts';
import { eventsOf, rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import type { Answer } from '../../../../test/http.ts';

const clock = new TestClock();
let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer({ overrides: { clock } });
  admin = await server.people.admin();
});
afterAll(() => server.stop());

const reason = 'Lost the phone; was recognised at the desk';

function reset(id: string, body: object = { reason }): Promise<Answer> {
  return admin.api('POST', `/admin/users/${id}/mfa/reset`, body);
}

describe('the reset of a lost factor', () => {
  it('lets the password suffice, ends the sessions, and is written down and mailed', async () => {
    const person = await server.people.doctor();
    const other = await server.people.logIn(person);
    await enableTotp(person, clock);
    expect((await reset(person.id)).status).toBe(204);
    for (const { api } of [person, other]) expect((await api('GET', '/me')).body.code).toBe('session-ended');
    const { email, password } = person;
    const { body } = await server.api('POST', '/auth/tokens', { email, password });
    expect(body.account.mfaEnabled).toBe(false);
    await server.mailbox.waitFor(email, 'second factor was reset');
    expect((await eventsOf(server.ctx, person.id)).slice(0, 2)).toEqual(['mfa-enabled', 'mfa-reset']);
    const entries = await rowsOf(
      server.ctx,
      sql`SELECT actor_id, details FROM audit_log WHERE action = 'account.mfa-reset' AND subject_id = ${person.id}`,
    );
    expect(entries).toEqual([{ actor_id: admin.id, details: { reason } }]);
  });

  it('lets them set it up anew', async () => {
    const person = await server.people.patient();
    await enableTotp(person, clock);
    await reset(person.id);
    const again = await server.people.logIn(person);
    const { recoveryCodes } = await enableTotp(again, clock);
    expect(recoveryCodes).toHaveLength(10);
  });

  it('is not for the own one, nor for one that is not there, nor without a reason', async () => {
    await enableTotp(admin, clock);
    const person = await server.people.patient();
    expect((await reset(admin.id)).body.code).toBe('own-account');
    expect((await reset(person.id)).body.code).toBe('mfa-not-enabled');
    await person.api('POST', '/auth/mfa/totp');
    expect((await reset(person.id)).body.code).toBe('mfa-not-enabled');
    await enableTotp(person, clock);
    expect((await reset(person.id, {})).status).toBe(400);
    expect((await person.api('GET', '/me')).body.mfaEnabled).toBe(true);
  });
});
