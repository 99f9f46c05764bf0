import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator, enableTotp, TestClock } from '../../../../test/authenticator.ts';
import { countOf, eventsOf, rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { codeOf } from '../../../../test/http.ts';
import { addPasskey, logInByPasskey } from '../../../../test/passkeys.ts';

const clock = new TestClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ overrides: { clock }, environment: { REQUIRE_MFA: 'doctor,admin' } });
});
afterAll(() => server.stop());

function audited(action: string, ownerId: string): Promise<number> {
  return countOf(
    server.ctx,
    sql`SELECT count(*) AS n FROM audit_log WHERE action = ${action} AND (owner_id = ${ownerId} OR subject_id = ${ownerId})`,
  );
}

async function mfaEnabled({ api }: Person): Promise<boolean> {
  return (await api('GET', '/me')).body.mfaEnabled;
}

/** As if somebody had shown who they are so many minutes ago. */
async function age({ sessionId }: Person, minutes: number): Promise<void> {
  await server.ctx.db.execute(
    sql`UPDATE sessions SET authenticated_at = now() - make_interval(mins => ${minutes}) WHERE id = ${sessionId}`,
  );
}

describe('own passkeys', () => {
  it('are renamed and removed by their owner only, and removing one is mailed and written down', async () => {
    const [person, stranger] = [await server.people.patient(), await server.people.patient()];
    const [first, second] = [await addPasskey(person), await addPasskey(person)];
    expect(second.recoveryCodes).toEqual([]);
    const path = `/auth/mfa/passkeys/${first.id}`;
    for (const method of ['PATCH', 'DELETE'])
      expect((await stranger.api(method, path, method === 'PATCH' ? { name: 'Mine' } : undefined)).status).toBe(404);
    const renamed = await person.api('PATCH', path, { name: 'Key on the ring' });
    expect([renamed.status, renamed.body.name]).toEqual([200, 'Key on the ring']);
    expect((await person.api('DELETE', path)).status).toBe(204);
    await server.mailbox.waitFor(person.email, 'passkey was removed');
    expect([await audited('passkey.renamed', person.id), await audited('passkey.removed', person.id)]).toEqual([1, 1]);
    expect(await eventsOf(server.ctx, person.id)).toContain('passkey-removed');
    expect(codeOf(await logInByPasskey(server.api, first.passkey))).toEqual([401, 'invalid-credentials']);
    expect((await logInByPasskey(server.api, second.passkey)).status).toBe(200);
    expect((await person.api('DELETE', path)).status).toBe(404);
  });

  it('removed to the last turn the second factor off, with the recovery codes, and say so', async () => {
    const person = await server.people.patient();
    const { id, recoveryCodes } = await addPasskey(person);
    expect((await person.api('DELETE', `/auth/mfa/passkeys/${id}`)).status).toBe(204);
    expect(await mfaEnabled(person)).toBe(false);
    await server.mailbox.waitFor(person.email, 'second factor is off');
    expect(await audited('account.mfa-disabled', person.id)).toBe(1);
    const again = await addPasskey(person);
    expect(again.recoveryCodes.filter((code) => recoveryCodes.includes(code))).toEqual([]);
    const { email, password } = person;
    const old = await server.api('POST', '/auth/tokens', { email, password, totp: recoveryCodes[0] });
    expect(codeOf(old)).toEqual([401, 'invalid-totp']);
  });

  it('satisfy a role that needs a second factor, and the last one stays there', async () => {
    const doctor = await server.people.doctor();
    expect(codeOf(await doctor.api('GET', '/requests'))).toEqual([403, 'mfa-setup-required']);
    const { id } = await addPasskey(doctor);
    expect((await doctor.api('GET', '/requests')).status).toBe(200);
    expect(codeOf(await doctor.api('DELETE', `/auth/mfa/passkeys/${id}`))).toEqual([409, 'last-factor']);
    expect((await doctor.api('GET', '/auth/mfa/passkeys')).body.items).toHaveLength(1);
    await enableTotp(doctor, clock);
    expect((await doctor.api('DELETE', `/auth/mfa/passkeys/${id}`)).status).toBe(204);
    expect((await doctor.api('GET', '/requests')).status).toBe(200);
  });

  it('of two removed at once leave one to who needs one', async () => {
    const doctor = await server.people.doctor();
    const ids = [(await addPasskey(doctor)).id, (await addPasskey(doctor)).id];
    const answers = await Promise.all(ids.map((id) => doctor.api('DELETE', `/auth/mfa/passkeys/${id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });
});

describe('beside TOTP', () => {
  it('either can be on first, and either stays when the other goes', async () => {
    const person = await server.people.patient();
    const passkey = await addPasskey(person);
    const totp = await enableTotp(person, clock);
    expect(totp.recoveryCodes).toEqual([]);
    await server.mailbox.waitFor(person.email, 'authenticator was added');
    const off = { password: person.password, code: passkey.recoveryCodes[0] };
    expect((await person.api('DELETE', '/auth/mfa/totp', off)).status).toBe(204);
    await server.mailbox.waitFor(person.email, 'authenticator was removed');
    expect(await mfaEnabled(person)).toBe(true);
    const { email, password } = person;
    const code = totp.next();
    expect(codeOf(await server.api('POST', '/auth/tokens', { email, password, totp: code }))).toEqual([
      401,
      'invalid-totp',
    ]);
    const login = await server.api('POST', '/auth/tokens', { email, password, totp: passkey.recoveryCodes[1] });
    expect(login.status).toBe(200);
    expect(codeOf(await person.api('DELETE', '/auth/mfa/totp', off))).toEqual([409, 'mfa-not-enabled']);
  });

  it('a TOTP that is only begun is no factor', async () => {
    const person = await server.people.patient();
    await addPasskey(person);
    const { secret } = (await person.api('POST', '/auth/mfa/totp')).body;
    const { email, password } = person;
    expect((await server.api('POST', '/auth/tokens', { email, password })).body.factors).toEqual(['passkey']);
    const totp = new Authenticator(secret, clock).code();
    expect(codeOf(await server.api('POST', '/auth/tokens', { email, password, totp }))).toEqual([401, 'invalid-totp']);
  });
});

it('a recovery code that names no key, as versions without passkeys made them, is good', async () => {
  const person = await server.people.patient();
  const { recoveryCodes } = await enableTotp(person, clock);
  await server.ctx.db.execute(sql`UPDATE recovery_codes SET key_id = NULL WHERE account_id = ${person.id}`);
  const { email, password } = person;
  expect((await server.api('POST', '/auth/tokens', { email, password, totp: recoveryCodes[0] })).status).toBe(200);
});

describe('a login or reauthentication of the last five minutes', () => {
  it('is asked for before factors change, and nothing changes without', async () => {
    const person = await server.people.patient();
    const { id } = await addPasskey(person);
    await age(person, 6);
    const answers = [
      await person.api('POST', '/auth/mfa/passkeys'),
      await person.api('PATCH', `/auth/mfa/passkeys/${id}`, { name: 'Mine' }),
      await person.api('DELETE', `/auth/mfa/passkeys/${id}`),
      await person.api('POST', '/auth/mfa/totp'),
    ];
    expect(answers.map(codeOf)).toEqual(Array(4).fill([401, 'reauthentication-required']));
    expect((await person.api('GET', '/auth/mfa/passkeys')).body.items).toMatchObject([{ id, name: 'Phone' }]);
    expect(await countOf(server.ctx, sql`SELECT count(*) AS n FROM totp_factors WHERE account_id = ${person.id}`)).toBe(
      0,
    );
  });

  it('is made by a passkey too, of this account', async () => {
    const person = await server.people.patient();
    const { passkey } = await addPasskey(person);
    await age(person, 60);
    const { body: options } = await person.api('POST', '/auth/reauthenticate/options');
    expect(options.allowCredentials).toEqual([
      { type: 'public-key', id: passkey.id.toString('base64url'), transports: ['hybrid', 'internal'] },
    ]);
    const reauthenticated = await person.api('POST', '/auth/reauthenticate', { passkey: passkey.get(options) });
    expect(reauthenticated.status).toBe(204);
    expect((await person.api('POST', '/auth/mfa/passkeys')).status).toBe(200);
  });

  it('is not made by somebody else’s, nor twice by one signature, nor begun without a passkey', async () => {
    const [person, stranger] = [await server.people.patient(), await server.people.patient()];
    const begin = async () => (await person.api('POST', '/auth/reauthenticate/options')).body;
    expect(codeOf(await person.api('POST', '/auth/reauthenticate/options'))).toEqual([409, 'mfa-not-enabled']);
    const [own, theirs] = [await addPasskey(person), await addPasskey(stranger)];
    await age(person, 60);
    const wrong = await person.api('POST', '/auth/reauthenticate', { passkey: theirs.passkey.get(await begin()) });
    expect(codeOf(wrong)).toEqual([403, 'invalid-credentials']);
    expect(await eventsOf(server.ctx, person.id)).toContain('second-factor-failed');
    const signed = { passkey: own.passkey.get(await begin()) };
    const password = 'not that one, sorry';
    expect(codeOf(await person.api('POST', '/auth/reauthenticate', { ...signed, password }))).toEqual([
      403,
      'invalid-credentials',
    ]);
    expect(codeOf(await person.api('POST', '/auth/mfa/totp'))).toEqual([401, 'reauthentication-required']);
    expect((await person.api('POST', '/auth/reauthenticate', signed)).status).toBe(204);
    expect(codeOf(await person.api('POST', '/auth/reauthenticate', signed))).toEqual([403, 'invalid-credentials']);
  });

  it('need not be there where the password is in the call', async () => {
    const person = await server.people.patient();
    await age(person, 60);
    const { password } = person;
    expect((await person.api('POST', '/me/deletion', { password })).status).toBe(202);
    const newEmail = `new.${person.email}`;
    expect((await person.api('POST', '/auth/change-email', { newEmail, password })).status).toBe(202);
    const change = { currentPassword: password, newPassword: 'eight louder herons 43' };
    expect((await person.api('POST', '/auth/change-password', change)).status).toBe(204);
  });
});

describe('what is known of passkeys', () => {
  it('is in the owner’s export, without keys', async () => {
    const person = await server.people.patient();
    const { id } = await addPasskey(person);
    const { body } = await person.api('GET', '/me/export');
    expect(body.passkeys).toMatchObject([{ id, name: 'Phone' }]);
    expect(Object.keys(body.passkeys[0]).sort()).toEqual(
      ['backedUp', 'createdAt', 'id', 'lastUsedAt', 'name', 'transports'].sort(),
    );
  });

  it('is gone with the account, its handle too', async () => {
    const [person, admin] = [await server.people.patient(), await server.people.admin()];
    await addPasskey(admin);
    const { passkey } = await addPasskey(person);
    expect((await admin.api('DELETE', `/admin/users/${person.id}`, { reason: 'Asked for it' })).status).toBe(204);
    for (const table of ['passkeys', 'recovery_codes', 'totp_factors'])
      expect(
        await countOf(
          server.ctx,
          sql`SELECT count(*) AS n FROM ${sql.identifier(table)} WHERE account_id = ${person.id}`,
        ),
      ).toBe(0);
    const handles = await rowsOf(server.ctx, sql`SELECT passkey_handle FROM accounts WHERE id = ${person.id}`);
    expect(handles).toEqual([{ passkey_handle: null }]);
    expect(codeOf(await logInByPasskey(server.api, passkey))).toEqual([401, 'invalid-credentials']);
  });

  it('is gone with a reset by an admin, which ends the sessions', async () => {
    const [person, admin] = [await server.people.patient(), await server.people.admin()];
    await addPasskey(admin);
    const { passkey } = await addPasskey(person);
    const reason = 'Lost the phone; was recognised at the desk';
    expect((await admin.api('POST', `/admin/users/${person.id}/mfa/reset`, { reason })).status).toBe(204);
    expect(codeOf(await person.api('GET', '/me'))).toEqual([401, 'session-ended']);
    expect(codeOf(await logInByPasskey(server.api, passkey))).toEqual([401, 'invalid-credentials']);
    expect((await server.mailbox.waitFor(person.email, 'second factor was reset')).text).toContain('passkeys');
    const { email, password } = person;
    expect((await server.api('POST', '/auth/tokens', { email, password })).body.account.mfaEnabled).toBe(false);
  });
});
