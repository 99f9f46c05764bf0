import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsOf } from '../../../../test/database.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { codeOf } from '../../../../test/http.ts';
import {
  assertionOf,
  type Deviation,
  logInByPasskey,
  logInByPassword,
  SoftPasskey,
  withPasskey,
} from '../../../../test/passkeys.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const refused = [401, 'invalid-credentials'];

describe('an assertion that is not what it should be is refused like any other', () => {
  const wrong: [string, Deviation][] = [
    ['made on another origin', { origin: 'https://portal.openward.test.evil.example' }],
    ['made on our host without TLS', { origin: 'http://portal.openward.test' }],
    ['for another RP ID', { rpId: 'openward.test' }],
    ['without the user verified', { userVerified: false }],
    ['without anybody present', { userPresent: false }],
    ['for a challenge that nobody gave', { challenge: 'A'.repeat(43) }],
    ['made in a frame of another site', { crossOrigin: true }],
    ['that says it is a registration', { type: 'webauthn.create' }],
    ['without its user handle', { userHandle: null }],
    ['with another user handle', { userHandle: 'QUFBQQ' }],
    ['signed with another key', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
    ['that claims to be synced where the passkey is not', { syncable: true }],
    ['that claims to be synced and not syncable', { backedUp: true }],
  ];

  it.each(wrong)('%s', async (_, deviation) => {
    const [person, passkey] = await withPasskey(server.people);
    expect(codeOf(await logInByPasskey(server.api, passkey, deviation))).toEqual(refused);
    const asFactor = await logInByPassword(server.api, person, {
      passkey: await assertionOf(server.api, passkey, deviation),
    });
    expect(codeOf(asFactor)).toEqual([401, 'invalid-passkey']);
    expect((await logInByPasskey(server.api, passkey)).status).toBe(200);
  });

  it('of a passkey that nobody has, with the same answer', async () => {
    const [, passkey] = await withPasskey(server.people);
    const stranger = new SoftPasskey();
    stranger.userHandle = passkey.userHandle;
    const [unknown, badSignature] = [
      await logInByPasskey(server.api, stranger),
      await logInByPasskey(server.api, passkey, { userVerified: false }),
    ];
    const { requestId: _, ...body } = unknown.body;
    expect(badSignature.body).toMatchObject(body);
  });

  it('with the credential id of somebody else', async () => {
    const [[, mine], [, theirs]] = [await withPasskey(server.people), await withPasskey(server.people)];
    const signed = await assertionOf(server.api, mine);
    const id = theirs.id.toString('base64url');
    for (const userHandle of [mine.userHandle, theirs.userHandle]) {
      const passkey = { ...signed, id, rawId: id, response: { ...signed.response, userHandle } };
      expect(codeOf(await server.api('POST', '/auth/tokens/passkey', { passkey }))).toEqual(refused);
    }
  });
});

describe('a counter', () => {
  it('that does not grow is refused, written down and mailed; the passkey that counts on still works', async () => {
    const [person, passkey] = await withPasskey(server.people, new SoftPasskey({ counts: true }));
    expect((await logInByPasskey(server.api, passkey, { signCount: 10 })).status).toBe(200);
    for (const signCount of [10, 9, 0]) {
      expect(codeOf(await logInByPasskey(server.api, passkey, { signCount }))).toEqual(refused);
    }
    const copies = (await eventsOf(server.ctx, person.id)).filter((kind) => kind === 'passkey-cloned');
    expect(copies).toHaveLength(3);
    await server.mailbox.waitFor(person.email, 'refused one of your passkeys');
    expect((await logInByPasskey(server.api, passkey, { signCount: 11 })).status).toBe(200);
  });

  it('that does not grow under a wrong signature says nothing of a copy', async () => {
    const [person, passkey] = await withPasskey(server.people, new SoftPasskey({ counts: true }));
    const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(codeOf(await logInByPasskey(server.api, passkey, { signCount: 0, key }))).toEqual(refused);
    expect(await eventsOf(server.ctx, person.id)).not.toContain('passkey-cloned');
  });

  it('of zero, as synced passkeys have it, always passes', async () => {
    const [, passkey] = await withPasskey(server.people, new SoftPasskey({ syncable: true }));
    for (let times = 0; times < 3; times += 1) expect((await logInByPasskey(server.api, passkey)).status).toBe(200);
  });

  it('shown by two at once lets one in', async () => {
    const [, passkey] = await withPasskey(server.people, new SoftPasskey({ counts: true }));
    const signed = await Promise.all(
      Array.from({ length: 20 }, () => assertionOf(server.api, passkey, { signCount: 50 })),
    );
    const answers = await Promise.all(signed.map((passkey) => server.api('POST', '/auth/tokens/passkey', { passkey })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe('what is not even an assertion', () => {
  const garbage = (text: string) => Buffer.from(text).toString('base64url');

  it('is a 400 or 401, whatever field it is in', async () => {
    const [person, passkey] = await withPasskey(server.people);
    const values: unknown[] = [
      '',
      'A',
      '====',
      'ä',
      garbage('null'),
      garbage('{}'),
      garbage('{"challenge":1}'),
      garbage('[[[['),
      '_'.repeat(4000),
      '_'.repeat(20_000),
      null,
      7,
      [],
      {},
    ];
    const statuses = new Set<number>();
    for (const value of values) {
      const good = await assertionOf(server.api, passkey);
      const broken: unknown[] = ['id', 'rawId', 'type', 'response'].map((field) => ({ ...good, [field]: value }));
      for (const field of Object.keys(good.response))
        broken.push({ ...good, response: { ...good.response, [field]: value } });
      broken.push({ ...good, id: value, rawId: value }, value);
      for (const passkey of broken) {
        const { status } = await server.api('POST', '/auth/tokens/passkey', { passkey });
        const again = await person.api('POST', '/auth/reauthenticate', { passkey });
        expect([400, 401], JSON.stringify(passkey).slice(0, 300)).toContain(status);
        expect([400, 403]).toContain(again.status);
        statuses.add(status);
      }
    }
    expect([...statuses].sort()).toEqual([400, 401]);
  });

  it('with every byte of a good one turned over once is a 401', async () => {
    const [, passkey] = await withPasskey(server.people, new SoftPasskey({ counts: true }));
    const { response } = await assertionOf(server.api, passkey);
    for (const field of ['authenticatorData', 'signature'] as const) {
      for (let at = 0; at < Buffer.from(response[field], 'base64url').length; at += 5) {
        const signed = await assertionOf(server.api, passkey);
        const bytes = Buffer.from(signed.response[field], 'base64url');
        // Signatures are 70 to 72 bytes long, each anew.
        if (at >= bytes.length) continue;
        bytes[at] = (bytes[at] ?? 0) ^ 0x41;
        const passkeyBody = { ...signed, response: { ...signed.response, [field]: bytes.toString('base64url') } };
        expect(codeOf(await server.api('POST', '/auth/tokens/passkey', { passkey: passkeyBody }))).toEqual(refused);
      }
    }
  });

  it('takes what browsers add to it, now and later', async () => {
    const [person, passkey] = await withPasskey(server.people);
    const signed = await assertionOf(server.api, passkey);
    const added = { authenticatorAttachment: 'platform', clientExtensionResults: { largeBlob: {} } };
    const body = { passkey: { ...signed, ...added, response: { ...signed.response, later: 1 } } };
    expect((await server.api('POST', '/auth/tokens/passkey', body)).body.account.id).toBe(person.id);
  });
});
