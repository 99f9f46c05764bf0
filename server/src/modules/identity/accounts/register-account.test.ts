import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, jobsAreDone, rowsOf } from '../../../../test/database.ts';
import { goodPassword } from '../../../../test/factories.ts';
import { origin, startTestServer, type TestServer } from '../../../../test/harness.ts';
import type { Answer } from '../../../../test/http.ts';
import { inTwenties } from '../../../../test/in-twenties.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ limits: { 'mail.recipient': { points: 3, windowS: 900 } } });
});
afterAll(() => server.stop());

function newAddress(): string {
  return `new.${randomBytes(6).toString('hex')}@example.org`;
}

function register(fields: Record<string, unknown>): Promise<Answer> {
  return server.api('POST', '/auth/register', {
    password: goodPassword,
    fullName: 'Ana Silva',
    role: 'patient',
    ...fields,
  });
}

function accountsOf(email: string): Promise<number> {
  return countOf(server.ctx, sql`SELECT count(*) AS n FROM accounts WHERE email = ${email}`);
}

function mailsTo(email: string): string[] {
  return server.mailbox.mails.filter(({ to }) => to === email).map(({ subject }) => subject);
}

describe('registering', () => {
  it('a patient gets a mail whose link leads to the portal with the token in the fragment', async () => {
    const email = newAddress();
    const { status, body } = await register({ email });
    expect([status, body]).toEqual([202, { status: 'check-your-email' }]);
    const mail = await server.mailbox.waitFor(email, 'Confirm');
    expect(mail.text).toContain(`${origin}/verify-email#token=`);
    const verified = await server.api('POST', '/auth/verify-email', { token: server.mailbox.tokenIn(mail) });
    expect(verified.body.account).toMatchObject({ email, role: 'patient', status: 'active', emailVerified: true });
  });

  it('mails in the language that is named, else the first of Accept-Language that there is, else English', async () => {
    const body = { password: goodPassword, fullName: 'Ana Silva', role: 'patient' };
    const subjects = await Promise.all(
      [
        { header: 'fr, de-AT;q=0.8, en;q=0.5', language: undefined },
        { header: 'de', language: 'es' },
        { header: 'fr', language: undefined },
      ].map(async ({ header, language }) => {
        const email = newAddress();
        await server.api(
          'POST',
          '/auth/register',
          { ...body, email, language },
          { headers: { 'accept-language': header } },
        );
        return (await server.mailbox.waitFor(email, '')).subject;
      }),
    );
    expect(subjects).toEqual(['Bestätigen Sie Ihre Adresse', 'Confirme su dirección', 'Confirm your address']);
    expect((await register({ email: newAddress(), language: 'fr' })).status).toBe(400);
  });

  it('a doctor is pending and unlisted until an admin approves', async () => {
    const email = newAddress();
    await register({
      email,
      role: 'doctor',
      specialty: 'cardiology',
      licenseNumber: 'L-2',
      address: { country: 'PT', city: 'Porto' },
    });
    const token = server.mailbox.tokenIn(await server.mailbox.waitFor(email, 'Confirm'));
    const { account } = (await server.api('POST', '/auth/verify-email', { token })).body;
    expect(account.status).toBe('pending-approval');
    expect((await server.api('GET', `/doctors/${account.id}`)).status).toBe(404);
  });

  it('links in mails never follow the Host that was asked', async () => {
    const email = newAddress();
    const headers = { 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' };
    await server.api(
      'POST',
      '/auth/register',
      { email, password: goodPassword, fullName: 'Ana', role: 'patient' },
      { headers },
    );
    expect((await server.mailbox.waitFor(email, 'Confirm')).raw).not.toContain('evil.test');
  });

  it('the stored password is no password and no bare hash of one', async () => {
    const email = newAddress();
    await register({ email });
    const [row] = await rowsOf<{ password_hash: string }>(
      server.ctx,
      sql`SELECT password_hash FROM accounts WHERE email = ${email}`,
    );
    expect(row?.password_hash).not.toContain(goodPassword);
    expect(row?.password_hash).toContain('$2');
  });
});

describe('a known address', () => {
  it('gets the same answer, no second account, and its owner a mail that says so', async () => {
    const owner = await server.people.patient();
    const fresh = await register({ email: newAddress() });
    const known = await register({ email: owner.email.toUpperCase(), fullName: 'Some Thief' });
    expect([known.status, known.body]).toEqual([fresh.status, fresh.body]);
    await server.mailbox.waitFor(owner.email, 'already have an account');
    expect(await accountsOf(owner.email)).toBe(1);
    expect((await owner.api('GET', '/me')).body.fullName).toBe('Pat Example');
    expect((await server.api('POST', '/auth/tokens', { email: owner.email, password: goodPassword })).status).toBe(200);
  });

  it('is told to its owner three times in a quarter of an hour, then no more', async () => {
    const { email } = await server.people.patient();
    for (let call = 0; call < 6; call += 1) expect((await register({ email })).status).toBe(202);
    await jobsAreDone(server.ctx);
    expect(mailsTo(email)).toHaveLength(3);
  });

  it('of fifty registrations of one address, twenty at once, there is one account, and all get the same answer', async () => {
    const email = newAddress();
    const answers = await inTwenties(Array.from({ length: 50 }), (_, index) => [
      register({ email: index % 2 === 0 ? email : email.toUpperCase() }),
    ]);
    for (const { status, body } of answers) expect([status, body]).toEqual([202, { status: 'check-your-email' }]);
    expect(await accountsOf(email)).toBe(1);
    expect(
      await countOf(
        server.ctx,
        sql`SELECT count(*) AS n FROM patients p JOIN accounts a ON a.id = p.account_id WHERE a.email = ${email}`,
      ),
    ).toBe(1);
    await jobsAreDone(server.ctx);
    expect(mailsTo(email).filter((subject) => subject.includes('Confirm'))).toHaveLength(1);
  });

  it('is free again once its account is deleted', async () => {
    const owner = await server.people.patient();
    const admin = await server.people.admin();
    await admin.api('DELETE', `/admin/users/${owner.id}`, { reason: 'Asked for it' });
    await register({ email: owner.email });
    const token = server.mailbox.tokenIn(await server.mailbox.waitFor(owner.email, 'Confirm'));
    const { account } = (await server.api('POST', '/auth/verify-email', { token })).body;
    expect(account.id).not.toBe(owner.id);
  });
});

describe('a registration that is refused names each field and makes nothing', () => {
  const cases: [what: string, fields: Record<string, unknown>, paths: string[]][] = [
    [
      'nothing given',
      { password: undefined, fullName: undefined, role: undefined },
      ['email', 'fullName', 'password', 'role'],
    ],
    ['a bad address', { email: 'a@' }, ['email']],
    ['an address with a line break', { email: 'a@example.org\r\nBcc: x@example.org' }, ['email']],
    ['a name with a line break', { fullName: 'Ana\r\nBcc: x@example.org' }, ['fullName']],
    ['a name of spaces', { fullName: '   ' }, ['fullName']],
    ['a name of 101 letters', { fullName: 'x'.repeat(101) }, ['fullName']],
    ['the role admin', { role: 'admin' }, ['role']],
    ['a doctor without specialty and licence', { role: 'doctor' }, ['licenseNumber', 'specialty']],
    ['a doctor of no known specialty', { role: 'doctor', specialty: 'magic', licenseNumber: 'L' }, ['specialty']],
    ['a patient with a licence', { licenseNumber: 'L' }, ['licenseNumber']],
    ['an address without a city', { address: { country: 'PT' } }, ['address.city']],
    [
      'fields that only the system sets',
      { status: 'active', emailVerified: true, id: 'x' },
      ['emailVerified', 'id', 'status'],
    ],
  ];

  it.each(cases)('%s', async (_what, fields, paths) => {
    const email = newAddress();
    const { status, body } = await register({
      ...(fields['fullName'] === undefined && paths.length > 3 ? {} : { email }),
      ...fields,
    });
    expect([status, body.code]).toEqual([400, 'invalid-request']);
    expect([...new Set(body.errors.map(({ path }: { path: string }) => path))].sort()).toEqual(paths);
    expect(await accountsOf(email)).toBe(0);
  });

  it('a weak password, with the reason', async () => {
    const email = newAddress();
    const weak = {
      short: 'abc',
      common: 'passwordpassword',
      personal: email,
      'word of the place': 'Openward-openward-1',
    };
    for (const password of Object.values(weak)) {
      const { status, body } = await register({ email, password });
      expect([status, body.code, typeof body.reason, body.errors[0].path]).toEqual([
        400,
        'weak-password',
        'string',
        'password',
      ]);
    }
    expect(await accountsOf(email)).toBe(0);
  });
});
