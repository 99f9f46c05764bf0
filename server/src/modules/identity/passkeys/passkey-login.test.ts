import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enableTotp, TestClock } from '../../../../test/authenticator.ts';
import { countOf, eventsOf, rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { codeOf, cookiesOf, createApi } from '../../../../test/http.ts';
import {
  addPasskey,
  assertionOf,
  logInByPasskey,
  logInByPassword,
  SoftPasskey,
  withPasskey,
} from '../../../../test/passkeys.ts';
import { cleanUp } from '../jobs.ts';

const clock = new TestClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ overrides: { clock } });
});
afterAll(() => server.stop());

const refused = [401, 'invalid-credentials'];

const options = async () => (await server.api('POST', '/auth/login/passkey/options')).body;

describe('logging in by passkey alone', () => {
  it.each(['ES256', 'EdDSA', 'RS256'] as const)(
    'works with %s, by bearer, and asks for nothing more',
    async (algorithm) => {
      const [person, passkey] = await withPasskey(server.people, new SoftPasskey({ algorithm }));
      const { status, body } = await logInByPasskey(server.api, passkey);
      expect([status, body.account.id, body.account.mfaEnabled]).toEqual([200, person.id, true]);
      const headers = { authorization: `Bearer ${body.accessToken}` };
      expect((await server.api('GET', '/me', undefined, { headers })).body.id).toBe(person.id);
    },
  );

  it('works by cookie, from our own origin only', async () => {
    const [person, passkey] = await withPasskey(server.people);
    const call = async (site: string) => {
      const body = { passkey: await assertionOf(server.api, passkey) };
      return server.api('POST', '/auth/login/passkey', body, { headers: { 'sec-fetch-site': site } });
    };
    const foreign = await call('cross-site');
    expect([...codeOf(foreign), cookiesOf(foreign)]).toEqual([403, 'cross-site', '']);
    const own = await call('same-origin');
    expect([own.status, Object.keys(own.body).sort()]).toEqual([200, ['account', 'session']]);
    const me = await server.api('GET', '/me', undefined, { headers: { cookie: cookiesOf(own) } });
    expect(me.body.id).toBe(person.id);
  });

  it('begins with options that name nobody and ask for the user, on this installation’s RP ID whatever the Host', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', origin: 'https://evil.example' };
    const { status, body } = await server.api('POST', '/auth/login/passkey/options', undefined, { headers });
    expect([status, body]).toEqual([
      200,
      {
        rpId: 'portal.openward.test',
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        timeout: 300_000,
        allowCredentials: [],
        userVerification: 'required',
      },
    ]);
  });

  it('is possible on another node than the one that gave the options', async () => {
    const [person, passkey] = await withPasskey(server.people);
    const other = createApi((await server.addNode({ roles: ['api'] })).url);
    const body = { passkey: await assertionOf(server.api, passkey) };
    expect((await other('POST', '/auth/tokens/passkey', body)).body.account.id).toBe(person.id);
  });

  it('counts as a fresh authentication, and says when the passkey was used last', async () => {
    const [, passkey] = await withPasskey(server.people);
    const { body } = await logInByPasskey(server.api, passkey);
    const api = createApi(server.url, { authorization: `Bearer ${body.accessToken}` });
    expect((await api('POST', '/auth/mfa/passkeys')).status).toBe(200);
    expect((await api('GET', '/auth/mfa/passkeys')).body.items).toMatchObject([{ lastUsedAt: expect.any(String) }]);
  });
});

describe('a challenge', () => {
  it('is good once: a replayed assertion is refused', async () => {
    const [, passkey] = await withPasskey(server.people);
    const body = { passkey: await assertionOf(server.api, passkey) };
    expect((await server.api('POST', '/auth/tokens/passkey', body)).status).toBe(200);
    expect(codeOf(await server.api('POST', '/auth/tokens/passkey', body))).toEqual(refused);
  });

  it('is used up by what is refused, too', async () => {
    const [, passkey] = await withPasskey(server.people);
    const begun = await options();
    const answers = [];
    for (const deviation of [{ userVerified: false }, {}])
      answers.push(await server.api('POST', '/auth/tokens/passkey', { passkey: passkey.get(begun, deviation) }));
    expect(answers.map(codeOf)).toEqual([refused, refused]);
  });

  it('used by a hundred at once on two nodes lets one in', async () => {
    const [, passkey] = await withPasskey(server.people);
    const other = createApi((await server.addNode({ roles: ['api'] })).url);
    const body = { passkey: await assertionOf(server.api, passkey) };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? server.api : other)('POST', '/auth/tokens/passkey', body)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'invalid-credentials')).toHaveLength(99);
  });

  it('is good for five minutes, and dropped after', async () => {
    const [, passkey] = await withPasskey(server.people);
    const signed = await assertionOf(server.api, passkey);
    await server.ctx.db.execute(sql`UPDATE passkey_challenges SET expires_at = now() - interval '1 ms'`);
    await server.api('POST', '/auth/login/passkey/options');
    expect(codeOf(await server.api('POST', '/auth/tokens/passkey', { passkey: signed }))).toEqual(refused);
    await cleanUp(server.ctx);
    const [left, fresh] = [sql`true`, sql`expires_at > now() + interval '4 minutes'`].map((what) =>
      countOf(server.ctx, sql`SELECT count(*) AS n FROM passkey_challenges WHERE ${what}`),
    );
    expect(await left).toBe(await fresh);
  });

  it('of another purpose, or of another session, is no challenge here', async () => {
    const [person, passkey] = await withPasskey(server.people);
    const other = await server.people.logIn(person);
    const stranger = await server.people.patient();
    await addPasskey(stranger);
    const forReauthentication = async ({ api }: Person) => (await api('POST', '/auth/reauthenticate/options')).body;
    const forLogin = passkey.get(await forReauthentication(person));
    expect(codeOf(await server.api('POST', '/auth/tokens/passkey', { passkey: forLogin }))).toEqual(refused);
    const { challenge } = (await person.api('POST', '/auth/mfa/passkeys')).body;
    const registering = passkey.get({ ...(await options()), challenge });
    expect(codeOf(await server.api('POST', '/auth/tokens/passkey', { passkey: registering }))).toEqual(refused);
    for (const begun of [await options(), await forReauthentication(other), await forReauthentication(stranger)]) {
      const answer = await person.api('POST', '/auth/reauthenticate', { passkey: passkey.get(begun) });
      expect(codeOf(answer)).toEqual([403, 'invalid-credentials']);
    }
  });

  it('is stored as a hash', async () => {
    const { challenge } = await options();
    const rows = await rowsOf<{ row: string }>(server.ctx, sql`SELECT c::text AS row FROM passkey_challenges c`);
    const forms = [Buffer.from(challenge, 'base64url').toString('hex'), Buffer.from(challenge).toString('hex')];
    expect(rows.length).toBeGreaterThan(0);
    for (const { row } of rows) for (const form of [challenge, ...forms]) expect(row).not.toContain(form);
  });
});

describe('the passkey of an account that may not log in', () => {
  it('gets the answers that a password gets', async () => {
    const admin = await server.people.admin();
    const [person, passkey] = await withPasskey(server.people);
    await server.ctx.db.execute(sql`UPDATE accounts SET email_verified_at = NULL WHERE id = ${person.id}`);
    expect(codeOf(await logInByPasskey(server.api, passkey))).toEqual([403, 'email-not-verified']);
    await admin.api('POST', `/admin/users/${person.id}/ban`, { reason: 'Insults', durationMinutes: null });
    const banned = await logInByPasskey(server.api, passkey);
    expect(banned.body).toMatchObject({ code: 'account-banned', reason: 'Insults', until: null });
    await admin.api('DELETE', `/admin/users/${person.id}`, { reason: 'Asked for it' });
    expect(codeOf(await logInByPasskey(server.api, passkey))).toEqual(refused);
  });
});

describe('a passkey beside the password', () => {
  it('is asked for, said to be there, and taken', async () => {
    const [person, passkey] = await withPasskey(server.people);
    const asked = await logInByPassword(server.api, person);
    expect([...codeOf(asked), asked.body.factors]).toEqual([401, 'mfa-required', ['passkey']]);
    const { status, body } = await logInByPassword(server.api, person, {
      passkey: await assertionOf(server.api, passkey),
    });
    expect([status, body.account.id]).toEqual([200, person.id]);
  });

  it('finishes a login that was asked for it without the password again', async () => {
    const [person, passkey] = await withPasskey(server.people);
    expect(codeOf(await logInByPassword(server.api, person))).toEqual([401, 'mfa-required']);
    expect((await logInByPasskey(server.api, passkey)).body.account.id).toBe(person.id);
  });

  it('is either of the two where there are two, and all that is given must be right', async () => {
    const [person, passkey] = await withPasskey(server.people);
    const totp = await enableTotp(person, clock);
    expect((await logInByPassword(server.api, person)).body.factors).toEqual(['totp', 'passkey']);
    expect((await logInByPassword(server.api, person, { totp: totp.next() })).status).toBe(200);
    expect(
      (await logInByPassword(server.api, person, { passkey: await assertionOf(server.api, passkey) })).status,
    ).toBe(200);
    const both = { passkey: await assertionOf(server.api, passkey), totp: totp.wrong() };
    expect(codeOf(await logInByPassword(server.api, person, both))).toEqual([401, 'invalid-totp']);
  });

  it('of somebody else, or with a wrong password, is of no use, and a wrong password learns nothing', async () => {
    const [[person, passkey], [, theirs]] = [await withPasskey(server.people), await withPasskey(server.people)];
    const wrong = await logInByPassword(server.api, person, { passkey: await assertionOf(server.api, theirs) });
    expect(codeOf(wrong)).toEqual([401, 'invalid-passkey']);
    expect(await eventsOf(server.ctx, person.id)).toContain('second-factor-failed');
    const guess = { email: person.email, password: 'not that one, sorry' };
    expect(
      codeOf(await logInByPassword(server.api, guess, { passkey: await assertionOf(server.api, passkey) })),
    ).toEqual(refused);
  });

  it('is looked at after the ban and the verification', async () => {
    const [person] = await withPasskey(server.people);
    await server.ctx.db.execute(sql`UPDATE accounts SET email_verified_at = NULL WHERE id = ${person.id}`);
    const passkey = await assertionOf(server.api, new SoftPasskey());
    expect(codeOf(await logInByPassword(server.api, person, { passkey }))).toEqual([403, 'email-not-verified']);
  });
});

it('challenges for nobody are limited by address', async () => {
  const limited = await startTestServer({ limits: { 'passkey-challenge.address': { points: 2, windowS: 300 } } });
  try {
    const ask = () => limited.api('POST', '/auth/login/passkey/options');
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([200, 200, 429]);
  } finally {
    await limited.stop();
  }
});
