import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsInLine, countOf, jobsAreDone, sessionIsLive } from '../../../../test/database.ts';
import { goodPassword, type Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, createApi } from '../../../../test/http.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ limits: { 'mail.recipient': { points: 3, windowS: 900 } } });
});
afterAll(() => server.stop());

const newPassword = 'eight louder herons 43';

function verify(token: string): Promise<Answer> {
  return server.api('POST', '/auth/verify-email', { token });
}

function reset(token: string, password = newPassword): Promise<Answer> {
  return server.api('POST', '/auth/reset-password', { token, newPassword: password });
}

function logIn(email: string, password: string): Promise<Answer> {
  return server.api('POST', '/auth/tokens', { email, password });
}

/** Asks for a mail and waits for it. @returns the token of its link. */
async function askFor(route: 'resend-verification' | 'forgot-password', email: string): Promise<string> {
  const before = mailsTo(email).length;
  expect((await server.api('POST', `/auth/${route}`, { email })).status).toBe(202);
  await jobsAreDone(server.ctx);
  const mail = mailsTo(email).at(-1);
  expect(mailsTo(email)).toHaveLength(before + 1);
  return mail === undefined ? '' : server.mailbox.tokenIn(mail);
}

function mailsTo(email: string) {
  return server.mailbox.mails.filter(({ to }) => to === email);
}

async function unverified(): Promise<Person> {
  const person = await server.people.patient();
  await server.ctx.db.execute(sql`UPDATE accounts SET email_verified_at = NULL WHERE id = ${person.id}`);
  return person;
}

async function expire(person: Person): Promise<void> {
  await server.ctx.db.execute(sql`UPDATE email_links SET expires_at = now() WHERE account_id = ${person.id}`);
}

describe('a verification link', () => {
  it('verifies, and lets its owner log in', async () => {
    const person = await unverified();
    expect((await logIn(person.email, goodPassword)).body.code).toBe('email-not-verified');
    const { status, body } = await verify(await askFor('resend-verification', person.email));
    expect([status, body.account.id, body.account.emailVerified]).toEqual([200, person.id, true]);
    expect((await logIn(person.email, goodPassword)).status).toBe(200);
  });

  it('of a hundred uses at once one wins, the others are told that it is used', async () => {
    const person = await unverified();
    const token = await askFor('resend-verification', person.email);
    const answers = await Promise.all(Array.from({ length: 100 }, () => verify(token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 400 && body.code === 'invalid-token')).toHaveLength(99);
    const verified = sql`SELECT count(*) AS n FROM audit_log WHERE action = 'account.email-verified' AND subject_id = ${person.id}`;
    expect(await countOf(server.ctx, verified)).toBe(2);
  });

  it('is refused past its time', async () => {
    const person = await unverified();
    const token = await askFor('resend-verification', person.email);
    await expire(person);
    expect((await verify(token)).body.code).toBe('invalid-token');
  });

  it('is voided by a newer one', async () => {
    const person = await unverified();
    const older = await askFor('resend-verification', person.email);
    const newer = await askFor('resend-verification', person.email);
    expect((await verify(older)).body.code).toBe('invalid-token');
    expect((await verify(newer)).status).toBe(200);
  });

  it('is not used up by a GET, as mail scanners send', async () => {
    const person = await unverified();
    const token = await askFor('resend-verification', person.email);
    for (const path of [`//verify-email?token=${token}`, '//verify-email', `/auth/verify-email?token=${token}`]) {
      await server.api('GET', path);
    }
    expect((await verify(token)).status).toBe(200);
  });

  it('lives for 24 hours, a link to a new password for 20 minutes', async () => {
    const person = await unverified();
    await askFor('resend-verification', person.email);
    await askFor('forgot-password', person.email);
    const { rows } = await server.ctx.db.execute(
      sql`SELECT purpose, extract(epoch FROM expires_at - created_at)::int AS s FROM email_links WHERE account_id = ${person.id} ORDER BY s`,
    );
    expect(rows).toEqual([
      { purpose: 'reset-password', s: 1200 },
      { purpose: 'verify-email', s: 86_400 },
    ]);
  });

  it.each(['', 'x', 'a..b.c.d', 'x'.repeat(4096)])('of nonsense (%#) is refused', async (token) => {
    expect((await verify(token)).status).toBe(400);
  });
});

describe('asking for a link', () => {
  const routes = ['resend-verification', 'forgot-password'] as const;

  it.each(routes)('%s answers the same for a known, an unknown and a banned address', async (route) => {
    const [known, banned] = [await unverified(), await server.people.patient()];
    const admin = await server.people.admin();
    await admin.api('POST', `/admin/users/${banned.id}/ban`, { reason: 'Insults', durationMinutes: 5 });
    const unknown = `nobody.${randomBytes(4).toString('hex')}@example.org`;
    for (const email of [known.email, unknown, banned.email]) {
      const { status, body } = await server.api('POST', `/auth/${route}`, { email });
      expect([status, body]).toEqual([202, { status: 'check-your-email' }]);
    }
  });

  it.each(routes)('%s does the same work for a known and an unknown address', async (route) => {
    const known = await unverified();
    const asked = sql`SELECT count(*) AS n FROM jobs.job WHERE name = 'identity.mail-link'`;
    for (const email of [known.email, 'nobody.at.all@example.org']) {
      const before = await countOf(server.ctx, asked);
      await server.api('POST', `/auth/${route}`, { email });
      expect(await countOf(server.ctx, asked)).toBe(before + 1);
    }
  });

  it.each(routes)('%s mails three times in a quarter of an hour, then is silent', async (route) => {
    const { email } = await unverified();
    for (let call = 0; call < 5; call += 1)
      expect((await server.api('POST', `/auth/${route}`, { email })).status).toBe(202);
    await jobsAreDone(server.ctx);
    // Who asks faster than the mails go gets fewer: a voided link is not mailed.
    expect(mailsTo(email).length).toBeGreaterThan(0);
    expect(mailsTo(email).length).toBeLessThanOrEqual(3);
    const links = sql`SELECT count(*) AS n FROM email_links l JOIN accounts a ON a.id = l.account_id WHERE a.email = ${email}`;
    expect(await countOf(server.ctx, links)).toBe(3);
  });

  it('a verified address gets no verification link', async () => {
    const { email } = await server.people.patient();
    await server.api('POST', '/auth/resend-verification', { email });
    await jobsAreDone(server.ctx);
    expect(mailsTo(email)).toEqual([]);
  });
});

describe('a link to a new password', () => {
  it('sets it, ends every session and tells the owner', async () => {
    const person = await server.people.patient();
    const other = await server.people.logIn(person);
    expect((await reset(await askFor('forgot-password', person.email))).status).toBe(204);
    for (const { api, sessionId } of [person, other]) {
      expect((await api('GET', '/me')).body.code).toBe('session-ended');
      expect(await sessionIsLive(server.ctx, sessionId)).toBe(false);
    }
    expect((await logIn(person.email, goodPassword)).body.code).toBe('invalid-credentials');
    expect((await logIn(person.email, newPassword)).status).toBe(200);
    await server.mailbox.waitFor(person.email, 'password was changed');
  });

  it('is not used up by a weak password, which is named', async () => {
    const person = await server.people.patient();
    const token = await askFor('forgot-password', person.email);
    const weak = await reset(token, 'passwordpassword');
    expect([weak.status, weak.body.code, weak.body.errors[0].path]).toEqual([400, 'weak-password', 'newPassword']);
    expect((await reset(token)).status).toBe(204);
    expect((await reset(token)).body.code).toBe('invalid-token');
  });

  it('of a hundred uses at once one wins, the others are told that it is used', async () => {
    const person = await server.people.patient();
    const token = await askFor('forgot-password', person.email);
    const passwords = Array.from({ length: 100 }, (_, index) => `${newPassword} ${index}`);
    const answers = await Promise.all(passwords.map((password) => reset(token, password)));
    const won = answers.flatMap(({ status }, index) => (status === 204 ? [index] : []));
    expect(won).toHaveLength(1);
    expect(answers.filter(({ body }) => body?.code === 'invalid-token')).toHaveLength(99);
    expect((await logIn(person.email, passwords[won[0] ?? 0] ?? '')).status).toBe(200);
  });

  it('is refused past its time, voided by a newer one, and no good for verifying', async () => {
    const person = await unverified();
    const older = await askFor('forgot-password', person.email);
    const newer = await askFor('forgot-password', person.email);
    expect((await reset(older)).body.code).toBe('invalid-token');
    expect((await verify(newer)).body.code).toBe('invalid-token');
    await expire(person);
    expect((await reset(newer)).body.code).toBe('invalid-token');
  });

  it('verifies the address of who uses it', async () => {
    const person = await unverified();
    await reset(await askFor('forgot-password', person.email));
    expect((await logIn(person.email, newPassword)).body.account.emailVerified).toBe(true);
  });

  it('is voided when the account is deleted', async () => {
    const person = await server.people.patient();
    const token = await askFor('forgot-password', person.email);
    const admin = await server.people.admin();
    await admin.api('DELETE', `/admin/users/${person.id}`, { reason: 'Asked for it' });
    expect((await reset(token)).body.code).toBe('invalid-token');
  });

  it('comes to an account that an admin made, sets its first password and verifies it', async () => {
    const admin = await server.people.admin();
    const email = `made.${randomBytes(4).toString('hex')}@example.org`;
    const { body } = await admin.api('POST', '/admin/users', { email, fullName: 'Max Made', role: 'patient' });
    expect(body).toMatchObject({ email, emailVerified: false, status: 'active' });
    const mail = await server.mailbox.waitFor(email, 'account is ready');
    expect(mail.text).toContain('/set-password#token=');
    expect((await reset(server.mailbox.tokenIn(mail))).status).toBe(204);
    expect((await logIn(email, newPassword)).body.account).toMatchObject({ id: body.id, emailVerified: true });
  });

  it('a change of the password that was confirmed before a reset does not undo it', async () => {
    const person = await server.people.patient();
    const thief = createApi(server.url, { authorization: `Bearer ${person.accessToken}` });
    for (let trial = 0; trial < 10; trial += 1) {
      await server.ctx.db.execute(
        sql`UPDATE sessions SET ended_at = NULL, ended_because = NULL WHERE id = ${person.sessionId}`,
      );
      const current = `${newPassword} ${trial}`;
      const hash = await server.ctx.passwords.hash(current);
      await server.ctx.db.execute(sql`UPDATE accounts SET password_hash = ${hash} WHERE id = ${person.id}`);
      const token = await resetToken(person);
      const [byOwner, byThief] = await Promise.all([
        reset(token, 'the owner chose this 77'),
        thief('POST', '/auth/change-password', { currentPassword: current, newPassword: 'the thief chose this 99' }),
      ]);
      expect(byOwner.status).toBe(204);
      if (byThief.status !== 204) continue;
      expect((await logIn(person.email, 'the thief chose this 99')).body.code).toBe('invalid-credentials');
    }
  });
});

it('who asks for one new address after the other fills neither their old mailbox nor that of whom the address belongs to', async () => {
  const [person, other, owner] = await Promise.all([1, 2, 3].map(() => server.people.patient()));
  const ask = async (asker: Person | undefined, newEmail: string) =>
    (await asker?.api('POST', '/auth/change-email', { newEmail, password: goodPassword }))?.status;
  const { email = '' } = owner ?? {};
  const asked = [email, email, 'a@free.example', 'b@free.example', 'c@free.example'];
  for (const address of asked) expect(await ask(person, address)).toBe(202);
  for (const address of [email, email]) expect(await ask(other, address)).toBe(202);
  await server.api('POST', '/auth/register', {
    ...{ email, password: 'nine quiet herons 21', fullName: 'Nobody New', role: 'patient' },
  });
  await jobsAreDone(server.ctx);
  const counts = [person?.email ?? '', email, 'a@free.example', 'b@free.example'].map((to) => mailsTo(to).length);
  expect(counts).toEqual([3, 3, 1, 0]);
});

it('a link that is used while a newer one is made is void, and neither breaks the other off', async () => {
  const { ctx, people } = server;
  const person = await people.patient();
  const jti = await makeLink(person, 'verify-email');
  const { token } = await ctx.tokens.mintEmail({ sub: person.id, role: 'patient', purpose: 'verify-email', jti });
  const { answers, deadlocks } = await callsInLine<unknown>(ctx, person.id, [
    () => makeLink(person, 'verify-email'),
    async () => (await verify(token)).body.code,
  ]);
  expect([answers[1], deadlocks]).toEqual(['invalid-token', 0]);
});

async function resetToken(person: Person): Promise<string> {
  const purpose = 'reset-password';
  const jti = await makeLink(person, purpose);
  return (await server.ctx.tokens.mintEmail({ sub: person.id, role: 'patient', purpose, jti })).token;
}

/** Without its mail, so that ten of them do not run into the limit of mails. @returns its id. */
async function makeLink({ id, email }: Person, purpose: 'reset-password' | 'verify-email'): Promise<string> {
  const { issueLink } = await import('./email-link.ts');
  return server.ctx.tx((ctx) => issueLink(ctx, { accountId: id, purpose, email }));
}
