import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, eventsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, codeOf } from '../../../../test/http.ts';
import { addPasskey, cbor, type Deviation, logInByPasskey, SoftPasskey } from '../../../../test/passkeys.ts';
import { lockAccount } from '../accounts/account.ts';
import { endSessions } from '../sessions/end-sessions.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const notAccepted = { code: 'invalid-request', errors: [{ path: 'passkey', code: 'not-accepted' }] };

function audited(action: string, ownerId: string): Promise<number> {
  return countOf(
    server.ctx,
    sql`SELECT count(*) AS n FROM audit_log WHERE action = ${action} AND (owner_id = ${ownerId} OR subject_id = ${ownerId})`,
  );
}

function confirm({ api }: Person, passkey: object, name = 'Phone'): Promise<Answer> {
  return api('POST', '/auth/mfa/passkeys/confirm', { name, passkey });
}

async function mfaEnabled({ api }: Person): Promise<boolean> {
  return (await api('GET', '/me')).body.mfaEnabled;
}

describe('adding a passkey', () => {
  it('turns the second factor on with its recovery codes, and is mailed and written down', async () => {
    const person = await server.people.patient();
    const { id, recoveryCodes } = await addPasskey(person, new SoftPasskey({ syncable: true }), 'Blue phone');
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await mfaEnabled(person)).toBe(true);
    const { items } = (await person.api('GET', '/auth/mfa/passkeys')).body;
    const createdAt = expect.any(String);
    const transports = ['hybrid', 'internal'];
    expect(items).toEqual([{ id, name: 'Blue phone', createdAt, lastUsedAt: null, backedUp: true, transports }]);
    await server.mailbox.waitFor(person.email, 'passkey was added');
    expect((await eventsOf(server.ctx, person.id)).sort()).toEqual(['mfa-enabled', 'passkey-added']);
    expect([await audited('passkey.added', person.id), await audited('account.mfa-enabled', person.id)]).toEqual([
      1, 1,
    ]);
    const { email, password } = person;
    const login = await server.api('POST', '/auth/tokens', { email, password, totp: recoveryCodes[0] });
    expect(login.status).toBe(200);
  });

  it('begins with options for a discoverable passkey that verifies its user, under a handle that tells nothing', async () => {
    const person = await server.people.patient({ fullName: 'Ana Silva' });
    const { passkey } = await addPasskey(person);
    const { body } = await person.api('POST', '/auth/mfa/passkeys');
    expect(body).toMatchObject({
      rp: { id: 'portal.openward.test', name: 'Openward' },
      user: { id: passkey.userHandle, name: person.email, displayName: 'Ana Silva' },
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      attestation: 'none',
      excludeCredentials: [{ type: 'public-key', id: passkey.id.toString('base64url') }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    expect(body.pubKeyCredParams.map(({ alg }: { alg: number }) => alg)).toEqual([-8, -7, -257]);
    expect(Buffer.from(body.user.id, 'base64url')).toHaveLength(32);
    const { body: again } = await person.api('POST', '/auth/mfa/passkeys');
    expect([again.user.id, again.challenge === body.challenge]).toEqual([body.user.id, false]);
    const other = await addPasskey(await server.people.patient());
    expect(other.passkey.userHandle).not.toBe(passkey.userHandle);
  });

  const wrong: [string, Deviation][] = [
    ['made on another origin', { origin: 'https://evil.example' }],
    ['for another RP ID', { rpId: 'evil.example' }],
    ['without the user verified', { userVerified: false }],
    ['without anybody present', { userPresent: false }],
    ['for another challenge', { challenge: 'A'.repeat(43) }],
    ['that says it is a login', { type: 'webauthn.get' }],
    ['made in a frame of another site', { crossOrigin: true }],
    ['that is synced but not syncable', { backedUp: true }],
  ];
  it.each(wrong)('refuses one %s, uses its challenge up, and nothing changes', async (_, deviation) => {
    const person = await server.people.patient();
    const { body: options } = await person.api('POST', '/auth/mfa/passkeys');
    const passkey = new SoftPasskey();
    const answer = await confirm(person, passkey.create(options, deviation));
    expect([answer.status, answer.body]).toMatchObject([400, notAccepted]);
    expect(await mfaEnabled(person)).toBe(false);
    if (deviation.challenge !== undefined || deviation.crossOrigin === true) return;
    expect((await confirm(person, passkey.create(options))).status).toBe(400);
  });

  it('refuses the challenge of another session, of a login, and one that was used', async () => {
    const [person, stranger] = [await server.people.patient(), await server.people.patient()];
    const { body: options } = await person.api('POST', '/auth/mfa/passkeys');
    const passkey = new SoftPasskey();
    const made = passkey.create(options);
    for (const thief of [stranger, await server.people.logIn(person)])
      expect((await confirm(thief, made)).body).toMatchObject(notAccepted);
    const { challenge } = (await server.api('POST', '/auth/login/passkey/options')).body;
    expect((await confirm(person, passkey.create({ ...options, challenge }))).body).toMatchObject(notAccepted);
    expect((await confirm(person, made)).status).toBe(200);
    expect((await confirm(person, made)).body).toMatchObject(notAccepted);
  });

  it('by a hundred at once adds one', async () => {
    const person = await server.people.patient();
    const made = new SoftPasskey().create((await person.api('POST', '/auth/mfa/passkeys')).body);
    const answers = await Promise.all(Array.from({ length: 100 }, () => confirm(person, made)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await person.api('GET', '/auth/mfa/passkeys')).body.items).toHaveLength(1);
  });

  it('refuses a credential id that somebody has, as it refuses any other', async () => {
    const [person, stranger] = [await server.people.patient(), await server.people.patient()];
    const { passkey } = await addPasskey(stranger);
    for (const thief of [person, stranger]) {
      const { body: options } = await thief.api('POST', '/auth/mfa/passkeys');
      const copy = Object.defineProperty(new SoftPasskey(), 'id', { value: passkey.id });
      expect((await confirm(thief, copy.create(options))).body).toMatchObject(notAccepted);
    }
    expect((await logInByPasskey(server.api, passkey)).body.account.id).toBe(stranger.id);
  });

  it('refuses other algorithms, certificates, and what is no CBOR, with a 400', async () => {
    const person = await server.people.patient();
    const attempt = async (change: (attestation: Buffer) => Buffer) => {
      const made = new SoftPasskey().create((await person.api('POST', '/auth/mfa/passkeys')).body);
      const attestationObject = change(Buffer.from(made.response.attestationObject, 'base64url')).toString('base64url');
      return confirm(person, { ...made, response: { ...made.response, attestationObject } });
    };
    const replace = (from: string, to: string) => (bytes: Buffer) =>
      Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');
    const withStatement = (format: string, statement: Map<string, never[] | number>) => (bytes: Buffer) =>
      Buffer.concat([
        Buffer.from([0xa3]),
        ...[cbor('fmt'), cbor(format), cbor('attStmt'), cbor(statement)],
        bytes.subarray(bytes.indexOf(cbor('authData'))),
      ]);
    const changes = [
      // ESP256 (RFC 9864) and nothing at all in place of ES256: { 3: -7 } becomes { 3: -9 } or { 3: 23 }.
      replace('\x03\x26', '\x03\x28'),
      replace('\x03\x26', '\x03\x17'),
      replace('dnone', 'dnine'),
      withStatement(
        'packed',
        new Map<string, never[] | number>([
          ['alg', -7],
          ['x5c', []],
        ]),
      ),
      withStatement('none', new Map([['alg', -7]])),
      withStatement('fido-u2f', new Map()),
      // Cut short, and with a point that is not on the curve.
      (bytes: Buffer) => bytes.subarray(0, -3),
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -32), Buffer.alloc(32, 7)]),
      () => Buffer.alloc(4000, 0x81),
      () => Buffer.from([0xa1]),
      () => cbor(7),
      () => cbor(new Map()),
    ];
    for (const [n, change] of changes.entries())
      expect(await attempt(change), `change ${n}`).toMatchObject({ status: 400, body: notAccepted });
    expect((await attempt((bytes) => bytes)).status).toBe(200);
  });

  it('refuses an id that is not the one in what was signed', async () => {
    const person = await server.people.patient();
    const made = new SoftPasskey().create((await person.api('POST', '/auth/mfa/passkeys')).body);
    const id = Buffer.alloc(32, 7).toString('base64url');
    expect((await confirm(person, { ...made, id, rawId: id })).body).toMatchObject(notAccepted);
  });

  it('names bad fields, bounds them, and trims the name', async () => {
    const person = await server.people.patient();
    const begin = async () => new SoftPasskey().create((await person.api('POST', '/auth/mfa/passkeys')).body);
    const made = await begin();
    for (const name of ['', '   ', 'a'.repeat(61), 'a\nb'])
      expect((await confirm(person, made, name)).status).toBe(400);
    const long = 'A'.repeat(16_385);
    const response = { ...made.response, attestationObject: long };
    const { body } = await confirm(person, { ...made, response });
    expect(body.errors).toMatchObject([{ path: 'passkey.response.attestationObject', code: 'too-long' }]);
    expect((await confirm(person, made, '  Phone ')).body.passkey.name).toBe('Phone');
  });

  it('stops at twenty, also when twenty-one come at once', async () => {
    const person = await server.people.patient();
    for (let n = 0; n < 19; n += 1) await addPasskey(person);
    const twins = [person, await server.people.logIn(person)];
    const made = await Promise.all(
      twins.map(async ({ api }) => new SoftPasskey().create((await api('POST', '/auth/mfa/passkeys')).body)),
    );
    const answers = await Promise.all(twins.map((twin, n) => confirm(twin, made[n] ?? {})));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(codeOf(await person.api('POST', '/auth/mfa/passkeys'))).toEqual([409, 'too-many-passkeys']);
  });

  it('that was on its way when its session was ended comes to nothing', async () => {
    const person = await server.people.patient();
    const made = new SoftPasskey().create((await person.api('POST', '/auth/mfa/passkeys')).body);
    const challenges = sql`SELECT count(*) AS n FROM passkey_challenges WHERE account_id = ${person.id}`;
    const answer = await server.ctx.tx(async (ctx) => {
      await lockAccount(ctx, person.id);
      const answer = confirm(person, made);
      await eventually('its challenge is taken', async () => (await countOf(server.ctx, challenges)) === 0);
      await endSessions(ctx, { accountId: person.id, because: 'mfa-reset' });
      return { answer };
    });
    expect(codeOf(await answer.answer)).toEqual([401, 'session-ended']);
    const stored = sql`SELECT count(*) AS n FROM passkeys WHERE account_id = ${person.id}`;
    expect(await countOf(server.ctx, stored)).toBe(0);
  });
});
