import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf } from '../../../../test/database.ts';
import { goodPassword, type Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { codeOf } from '../../../../test/http.ts';
import { inTwenties } from '../../../../test/in-twenties.ts';

let server: TestServer;
let number = 0;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

function freshAddress(): string {
  number += 1;
  return `new${number}@example.org`;
}

async function ask(person: Person, newEmail: string): Promise<string> {
  const asked = await person.api('POST', '/auth/change-email', { newEmail, password: goodPassword });
  expect([asked.status, asked.body]).toEqual([202, { status: 'check-your-email' }]);
  return server.mailbox.tokenIn(await server.mailbox.waitFor(newEmail, 'Confirm your new address'));
}

describe('a change of address', () => {
  it('counts once the new address is confirmed; the old one is told when asked and when done', async () => {
    const person = await server.people.patient();
    const newEmail = freshAddress();
    const token = await ask(person, newEmail);
    await server.mailbox.waitFor(person.email, 'Somebody wants to change your address');
    expect((await person.api('GET', '/me')).body.email).toBe(person.email);
    expect((await server.api('POST', '/auth/confirm-email', { token })).status).toBe(204);
    expect((await person.api('GET', '/me')).body).toMatchObject({ email: newEmail, emailVerified: true });
    await server.mailbox.waitFor(person.email, 'Your address was changed');
    const logIn = (email: string) => server.api('POST', '/auth/tokens', { email, password: goodPassword });
    expect([(await logIn(newEmail)).status, (await logIn(person.email)).status]).toEqual([200, 401]);
  });

  it('ends the other sessions and keeps the one that asked', async () => {
    const person = await server.people.patient();
    const other = await server.people.logIn(person);
    const token = await ask(person, freshAddress());
    await server.api('POST', '/auth/confirm-email', { token });
    expect([(await person.api('GET', '/me')).status, (await other.api('GET', '/me')).body.code]).toEqual([
      200,
      'session-ended',
    ]);
  });

  it('needs the password, and a wrong one changes and mails nothing', async () => {
    const person = await server.people.patient();
    const newEmail = freshAddress();
    const { status, body } = await person.api('POST', '/auth/change-email', { newEmail, password: 'wrong' });
    expect([status, body.code]).toEqual([403, 'invalid-credentials']);
    expect(server.mailbox.mails.filter(({ to }) => to === newEmail)).toEqual([]);
  });

  it('to somebody else’s address is answered alike, and that owner is told', async () => {
    const [person, owner] = await Promise.all([server.people.patient(), server.people.patient()]);
    const asked = await person.api('POST', '/auth/change-email', {
      newEmail: owner.email.toUpperCase(),
      password: goodPassword,
    });
    expect([asked.status, asked.body]).toEqual([202, { status: 'check-your-email' }]);
    await server.mailbox.waitFor(owner.email, 'You already have an account');
    expect((await person.api('GET', '/me')).body.email).toBe(person.email);
  });

  it('tells the asker the same of an address that has an account and of one that has none', async () => {
    const owner = await server.people.patient();
    const toldOf = async (newEmail: string) => {
      const person = await server.people.patient();
      await person.api('POST', '/auth/change-email', { newEmail, password: goodPassword });
      await server.mailbox.waitFor(person.email, 'Somebody wants to change your address');
      const text = JSON.stringify((await person.api('GET', '/me/export')).body);
      return [newEmail, 'account.email-change-asked'].map((word) => text.split(word).length - 1);
    };
    expect(await toldOf(owner.email)).toEqual(await toldOf(freshAddress()));
  });

  it('that was asked for before a ban is void with it, and so is a deletion', async () => {
    const [person, admin] = [await server.people.patient(), await server.people.admin()];
    const token = await ask(person, freshAddress());
    await person.api('POST', '/me/deletion', { password: goodPassword });
    const deletion = server.mailbox.tokenIn(await server.mailbox.waitFor(person.email, 'delete your account'));
    await admin.api('POST', `/admin/users/${person.id}/ban`, { reason: 'Spam', durationMinutes: null });
    const answers = [
      await server.api('POST', '/auth/confirm-email', { token }),
      await server.api('POST', '/me/deletion/confirm', { token: deletion }),
    ];
    expect(answers.map(codeOf)).toEqual(Array(2).fill([400, 'invalid-token']));
  });

  it('to an address that was taken meanwhile is refused, and of fifty confirmations at once one wins', async () => {
    const [first, second] = await Promise.all([server.people.patient(), server.people.patient()]);
    const newEmail = freshAddress();
    const early = await ask(first, newEmail);
    server.mailbox.mails.length = 0;
    const late = await ask(second, newEmail);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => server.api('POST', '/auth/confirm-email', { token: late })),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect((await server.api('POST', '/auth/confirm-email', { token: early })).body.code).toBe('invalid-token');
    expect((await first.api('GET', '/me')).body.email).toBe(first.email);
  });

  it('that was asked for with the old password ends with it: “if it was not you, change your password now”', async () => {
    const [changed, reset] = await Promise.all([server.people.patient(), server.people.patient()]);
    const tokens = [await ask(changed, freshAddress()), await ask(reset, freshAddress())];
    const newPassword = 'eight louder herons 43';
    const change = { currentPassword: goodPassword, newPassword };
    expect((await changed.api('POST', '/auth/change-password', change)).status).toBe(204);
    await server.api('POST', '/auth/forgot-password', { email: reset.email });
    const link = server.mailbox.tokenIn(await server.mailbox.waitFor(reset.email, 'Choose a new password'));
    expect((await server.api('POST', '/auth/reset-password', { token: link, newPassword })).status).toBe(204);
    for (const token of tokens) {
      const { status, body } = await server.api('POST', '/auth/confirm-email', { token });
      expect([status, body.code]).toEqual([400, 'invalid-token']);
    }
    expect((await changed.api('GET', '/me')).body.email).toBe(changed.email);
  });

  it('that is done voids what was mailed to the old address before, but for the way back', async () => {
    const person = await server.people.patient();
    const post = (path: string, body: object) => server.api('POST', path, body);
    const mailed = async (subject: string) =>
      server.mailbox.tokenIn(await server.mailbox.waitFor(person.email, subject));
    await post('/auth/forgot-password', { email: person.email });
    await person.api('POST', '/me/deletion', { password: goodPassword });
    const [toReset, toDelete] = await Promise.all([
      mailed('Choose a new password'),
      mailed('Confirm that you want to delete'),
    ]);
    const newEmail = freshAddress();
    await post('/auth/confirm-email', { token: await ask(person, newEmail) });
    const codes = [
      await post('/auth/reset-password', { token: toReset, newPassword: 'nine quiet herons 21' }),
      await post('/me/deletion/confirm', { token: toDelete }),
    ].map(({ body }) => body?.code);
    expect(codes).toEqual(['invalid-token', 'invalid-token']);
    expect((await post('/auth/tokens', { email: newEmail, password: goodPassword })).status).toBe(200);
    const undo = await mailed('Your address was changed');
    expect((await post('/auth/undo-email-change', { token: undo })).status).toBe(204);
  });

  it('that is done can still be undone after the password was changed', async () => {
    const person = await server.people.patient();
    await server.api('POST', '/auth/confirm-email', { token: await ask(person, freshAddress()) });
    const undo = server.mailbox.tokenIn(await server.mailbox.waitFor(person.email, 'Your address was changed'));
    const change = { currentPassword: goodPassword, newPassword: 'eight louder herons 43' };
    expect((await person.api('POST', '/auth/change-password', change)).status).toBe(204);
    expect((await server.api('POST', '/auth/undo-email-change', { token: undo })).status).toBe(204);
  });

  it('that a hundred change beside a change of the password never outlives it', async () => {
    const people = await inTwenties(Array(100).fill(null), () => [server.people.patient()]);
    const newPassword = 'eight louder herons 43';
    await inTwenties(people, ({ api }) => [
      api('POST', '/auth/change-email', { newEmail: freshAddress(), password: goodPassword }),
      api('POST', '/auth/change-password', { currentPassword: goodPassword, newPassword }),
    ]);
    const usable = sql`SELECT count(*) AS n FROM email_links l JOIN accounts a ON a.id = l.account_id
      WHERE l.purpose = 'confirm-email' AND l.used_at IS NULL AND a.id = ANY(${sql.param(people.map(({ id }) => id))}::uuid[])`;
    expect(await countOf(server.ctx, usable)).toBe(0);
  });
});
