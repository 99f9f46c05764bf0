import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator, enableTotp, TestClock } from '../../../../test/authenticator.ts';
import { countOf, eventsOf, jobsAreDone, rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, codeOf, cookiesOf, createApi } from '../../../../test/http.ts';
import { actorFor } from '../../appointments/test-support.ts';
import { cleanUp } from '../jobs.ts';
import { takeSecondFactor } from './second-factor.ts';
import { setUpTotp } from './set-up-totp.ts';

const clock = new TestClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ overrides: { clock } });
});
afterAll(() => server.stop());

/** Logs in by bearer, trying again while too many passwords wait to be hashed. */
async function logIn({ email, password }: Person, totp?: string, api = server.api): Promise<Answer> {
  for (;;) {
    const answer = await api('POST', '/auth/tokens', { email, password, ...(totp === undefined ? {} : { totp }) });
    if (answer.status !== 503) return answer;
  }
}

async function withFactor(): Promise<[Person, Authenticator]> {
  const person = await server.people.patient();
  return [person, await enableTotp(person, clock)];
}

function disable({ api, password }: Person, code: string, withPassword = password): Promise<Answer> {
  return api('DELETE', '/auth/mfa/totp', { password: withPassword, code });
}

function audited(action: string, person: Person): Promise<number> {
  return countOf(
    server.ctx,
    sql`SELECT count(*) AS n FROM audit_log WHERE action = ${action} AND subject_id = ${person.id}`,
  );
}

describe('turning it on', () => {
  it('is pending until the first code, which shows the ten recovery codes and is told to the owner', async () => {
    const person = await server.people.patient();
    const { status, body } = await person.api('POST', '/auth/mfa/totp');
    expect([status, Object.keys(body).sort()]).toEqual([200, ['otpauthUri', 'secret']]);
    expect((await logIn(person)).body.account.mfaEnabled).toBe(false);
    const confirmed = await person.api('POST', '/auth/mfa/totp/confirm', {
      code: new Authenticator(body.secret, clock).code(),
    });
    expect(confirmed.status).toBe(200);
    expect(new Set(confirmed.body.recoveryCodes).size).toBe(10);
    for (const code of confirmed.body.recoveryCodes) expect(code).toMatch(/^[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}$/);
    expect((await person.api('GET', '/me')).body.mfaEnabled).toBe(true);
    await server.mailbox.waitFor(person.email, 'second factor is on');
    expect(await eventsOf(server.ctx, person.id)).toEqual(['mfa-enabled']);
    expect(await audited('account.mfa-enabled', person)).toBe(1);
  });

  it('with a wrong code is 403, changes nothing, and may be tried again', async () => {
    const person = await server.people.patient();
    const authenticator = new Authenticator((await person.api('POST', '/auth/mfa/totp')).body.secret, clock);
    const confirm = (code: string) => person.api('POST', '/auth/mfa/totp/confirm', { code });
    for (const code of [authenticator.wrong(), '12345é', '١٢٣٤٥٦', 'abcdef'])
      expect(codeOf(await confirm(code))).toEqual([403, 'invalid-credentials']);
    expect((await person.api('GET', '/me')).body.mfaEnabled).toBe(false);
    expect((await confirm(authenticator.code())).status).toBe(200);
  });

  it('begun again voids the secret before; confirmed without beginning, or twice, it is a conflict', async () => {
    const person = await server.people.patient();
    const confirm = (code: string) => person.api('POST', '/auth/mfa/totp/confirm', { code });
    expect(codeOf(await confirm('123456'))).toEqual([409, 'mfa-not-enabled']);
    const first = new Authenticator((await person.api('POST', '/auth/mfa/totp')).body.secret, clock);
    const second = new Authenticator((await person.api('POST', '/auth/mfa/totp')).body.secret, clock);
    expect(codeOf(await confirm(first.code()))).toEqual([403, 'invalid-credentials']);
    expect((await confirm(second.code())).status).toBe(200);
    expect(codeOf(await confirm(second.next()))).toEqual([409, 'mfa-already-enabled']);
    expect(codeOf(await person.api('POST', '/auth/mfa/totp'))).toEqual([409, 'mfa-already-enabled']);
  });

  it('is possible for an hour, and what nobody confirmed is dropped after a day', async () => {
    const [stale, person] = [await server.people.patient(), await server.people.patient()];
    await enableTotp(person, clock);
    const authenticator = new Authenticator((await stale.api('POST', '/auth/mfa/totp')).body.secret, clock);
    await server.ctx.db.execute(sql`UPDATE totp_factors SET created_at = now() - interval '25 hours'`);
    const late = await stale.api('POST', '/auth/mfa/totp/confirm', { code: authenticator.code() });
    expect(codeOf(late)).toEqual([409, 'mfa-not-enabled']);
    await cleanUp(server.ctx);
    const kept = await rowsOf(
      server.ctx,
      sql`SELECT account_id FROM totp_factors WHERE account_id IN (${stale.id}, ${person.id})`,
    );
    expect(kept).toEqual([{ account_id: person.id }]);
  });

  it('by a hundred at once happens once', async () => {
    const person = await server.people.patient();
    const authenticator = new Authenticator((await person.api('POST', '/auth/mfa/totp')).body.secret, clock);
    const body = { code: authenticator.code() };
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => person.api('POST', '/auth/mfa/totp/confirm', body)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(
      await countOf(server.ctx, sql`SELECT count(*) AS n FROM recovery_codes WHERE account_id = ${person.id}`),
    ).toBe(10);
  });
});

describe('logging in with it', () => {
  it('takes the code as well, by bearer and by cookie', async () => {
    const [person, authenticator] = await withFactor();
    expect(codeOf(await logIn(person))).toEqual([401, 'mfa-required']);
    const { status, body } = await logIn(person, authenticator.next());
    expect([status, body.account.mfaEnabled]).toEqual([200, true]);
    const credentials = { email: person.email, password: person.password };
    const headers = { 'sec-fetch-site': 'same-origin' };
    const refused = await server.api('POST', '/auth/login', credentials, { headers });
    expect([...codeOf(refused), cookiesOf(refused)]).toEqual([401, 'mfa-required', '']);
    const totp = authenticator.next();
    expect((await server.api('POST', '/auth/login', { ...credentials, totp }, { headers })).status).toBe(200);
  });

  it('refuses a wrong code, the one that turned it on, one used before, and one older than that', async () => {
    const [person, authenticator] = await withFactor();
    expect(codeOf(await logIn(person, authenticator.code()))).toEqual([401, 'invalid-totp']);
    expect(codeOf(await logIn(person, authenticator.wrong()))).toEqual([401, 'invalid-totp']);
    clock.putForward(60_000);
    expect((await logIn(person, authenticator.code())).status).toBe(200);
    for (const totp of [authenticator.code(), authenticator.code(-1)])
      expect(codeOf(await logIn(person, totp))).toEqual([401, 'invalid-totp']);
    expect(await eventsOf(server.ctx, person.id)).toEqual([
      'mfa-enabled',
      ...Array.from({ length: 4 }, () => 'second-factor-failed'),
    ]);
  });

  it('takes the code of the step before and after, with blanks as apps show it', async () => {
    const [person, authenticator] = await withFactor();
    clock.putForward(90_000);
    clock.toNextStep();
    expect((await logIn(person, authenticator.code(-1))).status).toBe(200);
    expect((await logIn(person, authenticator.code(1).replace(/^.../, '$& '))).status).toBe(200);
  });

  it('says nothing of it to a wrong password, and tells a ban and a missing verification first', async () => {
    const [person, authenticator] = await withFactor();
    const guess = { ...person, password: 'not that one, sorry' };
    for (const totp of [undefined, authenticator.next()])
      expect(codeOf(await logIn(guess, totp))).toEqual([401, 'invalid-credentials']);
    await server.ctx.db.execute(sql`UPDATE accounts SET email_verified_at = NULL WHERE id = ${person.id}`);
    expect(codeOf(await logIn(person))).toEqual([403, 'email-not-verified']);
    const admin = await server.people.admin();
    await admin.api('POST', `/admin/users/${person.id}/ban`, { reason: 'Insults', durationMinutes: 5 });
    expect(codeOf(await logIn(person, authenticator.wrong()))).toEqual([403, 'account-banned']);
  });

  it('ignores a code where there is no second factor', async () => {
    expect((await logIn(await server.people.patient(), '123456')).status).toBe(200);
  });

  it('keeps it through a reset of the password', async () => {
    const [person, authenticator] = await withFactor();
    await server.api('POST', '/auth/forgot-password', { email: person.email });
    const token = server.mailbox.tokenIn(await server.mailbox.waitFor(person.email, 'new password'));
    const password = 'eight louder herons 43';
    expect((await server.api('POST', '/auth/reset-password', { token, newPassword: password })).status).toBe(204);
    expect(codeOf(await logIn({ ...person, password }))).toEqual([401, 'mfa-required']);
    expect((await logIn({ ...person, password }, authenticator.next())).status).toBe(200);
  });

  it('with one code by a hundred on two nodes lets one in', async () => {
    const [person, authenticator] = await withFactor();
    const other = createApi((await server.addNode({ roles: ['api'], overrides: { clock } })).url);
    const totp = authenticator.next();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => logIn(person, totp, n % 2 === 0 ? server.api : other)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'invalid-totp')).toHaveLength(99);
  });

  it('takes a code once even without the lock of the account', async () => {
    const [person, authenticator] = await withFactor();
    for (const code of [authenticator.next(), authenticator.recoveryCodes[0] ?? '']) {
      const taken = await Promise.all(Array.from({ length: 100 }, () => takeSecondFactor(server.ctx, person.id, code)));
      expect(taken.filter((won) => won)).toHaveLength(1);
    }
  });
});

describe('a recovery code', () => {
  it('is taken in place of a code, once, and a mail says how many are left', async () => {
    const [person, { recoveryCodes }] = await withFactor();
    const [first = '', second = ''] = recoveryCodes;
    expect((await logIn(person, first)).status).toBe(200);
    expect((await server.mailbox.waitFor(person.email, 'recovery code')).text).toContain('9 unused codes left');
    expect(codeOf(await logIn(person, first))).toEqual([401, 'invalid-totp']);
    expect((await logIn(person, ` ${second.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O')}`)).status).toBe(
      200,
    );
    expect(await eventsOf(server.ctx, person.id)).toEqual([
      'mfa-enabled',
      'recovery-code-used',
      'second-factor-failed',
      'recovery-code-used',
    ]);
  });

  it('of somebody else, or cut short, is none', async () => {
    const [[person, own], [, others]] = [await withFactor(), await withFactor()];
    const [code = ''] = own.recoveryCodes;
    for (const wrong of [others.recoveryCodes[0], code.slice(0, -1), `${code}0`, '0000-0000-0000', 'ÿÿÿÿÿÿÿÿÿÿÿÿ'])
      expect(codeOf(await logIn(person, wrong))).toEqual([401, 'invalid-totp']);
  });

  it('used by a hundred at once lets one in', async () => {
    const [person, { recoveryCodes }] = await withFactor();
    const answers = await Promise.all(Array.from({ length: 100 }, () => logIn(person, recoveryCodes[0])));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    await jobsAreDone(server.ctx);
    expect(
      server.mailbox.mails.filter(({ to, subject }) => to === person.email && /recovery/.test(subject)),
    ).toHaveLength(1);
  });
});

describe('what is stored', () => {
  it('shows neither the secret nor the codes, and does not open for another account', async () => {
    const [[person, authenticator], [thief, own]] = [await withFactor(), await withFactor()];
    const [row] = await rowsOf<{ line: string }>(
      server.ctx,
      sql`SELECT row_to_json(f)::text || (SELECT json_agg(c)::text FROM recovery_codes c WHERE c.account_id = f.account_id) AS line
        FROM totp_factors f WHERE account_id = ${person.id}`,
    );
    for (const code of authenticator.recoveryCodes)
      for (const form of [code, code.replaceAll('-', '')]) {
        expect(row?.line).not.toContain(form);
        expect(row?.line).not.toContain(Buffer.from(form).toString('hex'));
      }
    await server.ctx.db.execute(sql`UPDATE totp_factors SET sealed_secret =
      (SELECT sealed_secret FROM totp_factors WHERE account_id = ${thief.id}) WHERE account_id = ${person.id}`);
    const { status, body } = await logIn(person, own.next());
    expect([status, body.code]).toEqual([500, 'internal-error']);
  });

  it('is gone with the account', async () => {
    const [person] = await withFactor();
    const admin = await server.people.admin();
    expect((await admin.api('DELETE', `/admin/users/${person.id}`, { reason: 'Asked for it' })).status).toBe(204);
    expect((await admin.api('GET', `/admin/users/${person.id}`)).body.mfaEnabled).toBe(false);
    for (const table of ['totp_factors', 'recovery_codes'])
      expect(
        await countOf(
          server.ctx,
          sql`SELECT count(*) AS n FROM ${sql.identifier(table)} WHERE account_id = ${person.id}`,
        ),
      ).toBe(0);
  });

  it('does not come after it: a call that was let in before the deletion leaves none', async () => {
    const person = await server.people.patient();
    const admin = await server.people.admin();
    await admin.api('DELETE', `/admin/users/${person.id}`, { reason: 'Asked for it' });
    await expect(setUpTotp(server.ctx.as(actorFor(person, 'patient')))).rejects.toMatchObject({
      code: 'session-ended',
    });
    expect(await countOf(server.ctx, sql`SELECT count(*) AS n FROM totp_factors WHERE account_id = ${person.id}`)).toBe(
      0,
    );
  });
});

describe('turning it off', () => {
  it('takes password and code, and is told to the owner', async () => {
    const [person, authenticator] = await withFactor();
    expect(codeOf(await disable(person, authenticator.next(), 'not that one, sorry'))).toEqual([
      403,
      'invalid-credentials',
    ]);
    expect(codeOf(await disable(person, authenticator.wrong()))).toEqual([403, 'invalid-credentials']);
    expect(codeOf(await logIn(person))).toEqual([401, 'mfa-required']);
    expect((await disable(person, authenticator.next())).status).toBe(204);
    expect((await logIn(person)).body.account.mfaEnabled).toBe(false);
    await server.mailbox.waitFor(person.email, 'second factor is off');
    expect(await audited('account.mfa-disabled', person)).toBe(1);
    expect(await eventsOf(server.ctx, person.id)).toEqual(['mfa-enabled', 'second-factor-failed', 'mfa-disabled']);
  });

  it('works with a recovery code too, and voids the others: turned on again, there are new ones', async () => {
    const [person, { recoveryCodes }] = await withFactor();
    expect((await disable(person, recoveryCodes[0] ?? '')).status).toBe(204);
    const again = await enableTotp(person, clock);
    expect(again.recoveryCodes.filter((code) => recoveryCodes.includes(code))).toEqual([]);
    expect(codeOf(await logIn(person, recoveryCodes[1]))).toEqual([401, 'invalid-totp']);
    expect((await logIn(person, again.recoveryCodes[1])).status).toBe(200);
  });

  it('where it is off, or only begun, is a conflict', async () => {
    const person = await server.people.patient();
    expect(codeOf(await disable(person, '123456'))).toEqual([409, 'mfa-not-enabled']);
    await person.api('POST', '/auth/mfa/totp');
    expect(codeOf(await disable(person, '123456'))).toEqual([409, 'mfa-not-enabled']);
  });
});

it('codes are limited before they are checked, by account, and of who is logged in by session', async () => {
  const limited = await startTestServer({
    overrides: { clock },
    limits: { 'totp.account': { points: 3, windowS: 300 }, 'totp.known': { points: 3, windowS: 300 } },
  });
  try {
    const [person, stranger] = [await limited.people.patient(), await limited.people.patient()];
    const [authenticator, others] = [await enableTotp(person, clock), await enableTotp(stranger, clock)];
    const answers = [];
    for (let tries = 0; tries < 3; tries += 1) answers.push(await logIn(person, authenticator.wrong(), limited.api));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    const totp = authenticator.next();
    expect(codeOf(await logIn(person, totp, limited.api))).toEqual([429, 'rate-limited']);
    // A session has tries of its own: its owner is not held up by who found out the password.
    const reauthenticate = (code: string) => person.api('POST', '/auth/reauthenticate', { totp: code });
    expect((await reauthenticate(totp)).status).toBe(204);
    for (let tries = 1; tries < 3; tries += 1) expect((await reauthenticate(authenticator.wrong())).status).toBe(403);
    expect((await reauthenticate(authenticator.next())).status).toBe(429);
    expect((await disable(person, authenticator.next())).status).toBe(429);
    expect((await logIn(stranger, others.next(), limited.api)).status).toBe(200);
  } finally {
    await limited.stop();
  }
});
