import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsThatWait, countOf, eventsOf, jobsAreDone } from '../../../../test/database.ts';
import { goodPassword, type Person } from '../../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Api, createApi } from '../../../../test/http.ts';
import { inTwenties } from '../../../../test/in-twenties.ts';
import { addPasskey, logInByPasskey } from '../../../../test/passkeys.ts';
import { lockAccount } from '../accounts/account.ts';
import { issueLink } from './email-link.ts';

let server: TestServer;
let number = 0;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const newPassword = 'eight louder herons 43';

function freshAddress(): string {
  number += 1;
  return `thief${number}@example.org`;
}

const undo = (token: string) => server.api('POST', '/auth/undo-email-change', { token });
const logIn = (email: string, password: string) => server.api('POST', '/auth/tokens', { email, password });

function mailsTo(address: string, subject: string) {
  return server.mailbox.mails.filter(({ to, subject: found }) => to === address && found.includes(subject));
}

/** Changes the address of somebody whose session and password are in hand. @returns the undo token that the old address got. */
async function changeAddress(person: Person, from: string, to: string, password = goodPassword): Promise<string> {
  await person.api('POST', '/auth/change-email', { newEmail: to, password });
  const token = server.mailbox.tokenIn(await server.mailbox.waitFor(to, 'Confirm your new address'));
  expect((await server.api('POST', '/auth/confirm-email', { token })).status).toBe(204);
  return server.mailbox.tokenIn(await server.mailbox.waitFor(from, 'Your address was changed'));
}

async function stolen(): Promise<{ person: Person; thief: string; token: string }> {
  const person = await server.people.patient();
  const thief = freshAddress();
  return { person, thief, token: await changeAddress(person, person.email, thief) };
}

describe('undoing a change of address', () => {
  it('restores the old one, ends all sessions and the password, and tells both addresses', async () => {
    const { person, thief, token } = await stolen();
    const other = (await logIn(thief, goodPassword)).body.accessToken;
    expect((await undo(token)).status).toBe(204);
    expect((await person.api('GET', '/me')).body.code).toBe('session-ended');
    const asOther = createApi(server.url, { authorization: `Bearer ${other}` });
    expect((await asOther('GET', '/me')).body.code).toBe('session-ended');
    for (const address of [person.email, thief])
      expect((await logIn(address, goodPassword)).body.code).toBe('invalid-credentials');
    await server.mailbox.waitFor(thief, 'The change of your address was undone');
    await server.mailbox.waitFor(person.email, 'Your address is back');
    const reset = server.mailbox.tokenIn(await server.mailbox.waitFor(person.email, 'Choose a new password'));
    expect((await server.api('POST', '/auth/reset-password', { token: reset, newPassword })).status).toBe(204);
    expect((await logIn(person.email, newPassword)).status).toBe(200);
    expect(await eventsOf(server.ctx, person.id)).toContain('email-change-undone');
    const audited = sql`SELECT count(*) AS n FROM audit_log WHERE subject_id = ${person.id} AND action = 'account.email-change-undone'`;
    expect(await countOf(server.ctx, audited)).toBe(1);
  });

  it('holds although the thief changed the password and the address again, and the thief’s own undo is void', async () => {
    const { person, thief, token } = await stolen();
    await person.api('POST', '/auth/change-password', { currentPassword: goodPassword, newPassword });
    const second = freshAddress();
    const thiefsUndo = await changeAddress(person, thief, second, newPassword);
    await person.api('POST', '/auth/change-email', { newEmail: freshAddress(), password: newPassword });
    await person.api('POST', '/me/deletion', { password: newPassword });
    await server.api('POST', '/auth/forgot-password', { email: second });
    const reset = server.mailbox.tokenIn(await server.mailbox.waitFor(second, 'Choose a new password'));
    const deletion = server.mailbox.tokenIn(await server.mailbox.waitFor(second, 'delete your account'));
    const confirm = server.mailbox.tokenIn(await server.mailbox.waitFor(`thief${number}@example.org`, 'Confirm your'));
    expect((await undo(token)).status).toBe(204);
    const attempts = [
      await undo(thiefsUndo),
      await server.api('POST', '/auth/reset-password', { token: reset, newPassword: 'nine silent badgers 44' }),
      await server.api('POST', '/me/deletion/confirm', { token: deletion }),
      await server.api('POST', '/auth/confirm-email', { token: confirm }),
    ];
    expect(attempts.map(({ body }) => body.code)).toEqual(Array(4).fill('invalid-token'));
    await server.mailbox.waitFor(second, 'The change of your address was undone');
    const [account] = (await server.ctx.db.execute(sql`SELECT email FROM accounts WHERE id = ${person.id}`)).rows;
    expect(account).toEqual({ email: person.email });
  });

  it('of the thief, used first, does not void the owner’s', async () => {
    const { person, thief, token } = await stolen();
    const thiefsUndo = await changeAddress(person, thief, freshAddress());
    expect((await undo(thiefsUndo)).status).toBe(204);
    expect((await undo(token)).status).toBe(204);
    const [account] = (await server.ctx.db.execute(sql`SELECT email FROM accounts WHERE id = ${person.id}`)).rows;
    expect(account).toEqual({ email: person.email });
  });

  it('forgets the passkeys that a thief may have added, and keeps those that are older', async () => {
    const person = await server.people.patient();
    const old = await addPasskey(person);
    await server.ctx.db.execute(
      sql`UPDATE passkeys SET created_at = now() - interval '8 days' WHERE account_id = ${person.id}`,
    );
    const before = await addPasskey(person);
    const token = await changeAddress(person, person.email, freshAddress());
    const after = await addPasskey(person);
    expect((await undo(token)).status).toBe(204);
    for (const { passkey } of [before, after])
      expect((await logInByPasskey(server.api, passkey)).body.code).toBe('invalid-credentials');
    const { status, body } = await logInByPasskey(server.api, old.passkey);
    expect([status, body.account.mfaEnabled]).toEqual([200, true]);
  });

  it('turns the second factor off where only young passkeys were one: the owner gets in again', async () => {
    const person = await server.people.patient();
    const token = await changeAddress(person, person.email, freshAddress());
    await addPasskey(person);
    await undo(token);
    const reset = server.mailbox.tokenIn(await server.mailbox.waitFor(person.email, 'Choose a new password'));
    await server.api('POST', '/auth/reset-password', { token: reset, newPassword });
    expect((await logIn(person.email, newPassword)).status).toBe(200);
  });

  it('leaves a second factor on: the mailbox alone opens nothing that asks for both', async () => {
    const { person, token } = await stolen();
    await server.ctx.db.execute(sql`UPDATE accounts SET mfa_enabled_at = now() WHERE id = ${person.id}`);
    await undo(token);
    const reset = server.mailbox.tokenIn(await server.mailbox.waitFor(person.email, 'Choose a new password'));
    await server.api('POST', '/auth/reset-password', { token: reset, newPassword });
    expect((await logIn(person.email, newPassword)).body.code).toBe('mfa-required');
  });
});

describe('the link', () => {
  it('is good for seven days and not longer, by POST only, and for nothing else', async () => {
    const { person, token } = await stolen();
    for (const path of ['confirm-email', 'verify-email'])
      expect((await server.api('POST', `/auth/${path}`, { token })).body.code).toBe('invalid-token');
    const resetWith = await server.api('POST', '/auth/reset-password', { token, newPassword });
    expect(resetWith.body.code).toBe('invalid-token');
    const page = await server.api('GET', `//undo-email-change?token=${token}`, undefined, {
      headers: { accept: 'text/html' },
    });
    expect(page.status).toBe(200);
    const [link] = (
      await server.ctx.db.execute(
        sql`SELECT expires_at - created_at = interval '7 days' AS week FROM email_links WHERE account_id = ${person.id} AND purpose = 'undo-email-change'`,
      )
    ).rows;
    expect(link).toEqual({ week: true });
    await server.ctx.db.execute(
      sql`UPDATE email_links SET expires_at = now() WHERE account_id = ${person.id} AND purpose = 'undo-email-change'`,
    );
    expect((await undo(token)).body.code).toBe('invalid-token');
  });

  it('used a hundred times, twenty at once, on two nodes works once, and mails one link to a new password', async () => {
    const node = await server.addNode({ roles: ['api'] });
    const { person, token } = await stolen();
    const other = createApi(node.url);
    const answers = await inTwenties(
      Array<Api>(50)
        .fill(server.api)
        .flatMap((one) => [one, other]),
      (call) => [call('POST', '/auth/undo-email-change', { token })],
    );
    expect(answers.filter((answer) => answer.status === 204)).toHaveLength(1);
    expect(answers.filter((answer) => answer.body.code === 'invalid-token')).toHaveLength(99);
    await jobsAreDone(server.ctx);
    expect(mailsTo(person.email, 'Choose a new password')).toHaveLength(1);
    expect(mailsTo(person.email, 'Your address is back')).toHaveLength(1);
  });

  it('dies with the account', async () => {
    const { person, token } = await stolen();
    const admin = await server.people.admin();
    await admin.api('DELETE', `/admin/users/${person.id}`, { reason: 'Asked by phone' });
    expect((await undo(token)).body.code).toBe('invalid-token');
  });
});

describe('the old address', () => {
  it('is kept for its account: nobody can take it to block the way back, and who tries is told there', async () => {
    const { person, thief, token } = await stolen();
    const body = { email: person.email, password: newPassword, fullName: 'Squatter', role: 'patient' };
    const asked = await server.api('POST', '/auth/register', body);
    expect([asked.status, asked.body]).toEqual([202, { status: 'check-your-email' }]);
    await server.mailbox.waitFor(person.email, 'kept for its last account');
    expect(mailsTo(thief, 'already have an account')).toEqual([]);
    const other = await server.people.patient();
    await other.api('POST', '/auth/change-email', { newEmail: person.email, password: goodPassword });
    const admin = await server.people.admin();
    const made = await admin.api('POST', '/admin/users', { email: person.email, fullName: 'X', role: 'patient' });
    expect(made.body.code).toBe('email-taken');
    await jobsAreDone(server.ctx);
    expect(mailsTo(person.email, 'Confirm your')).toEqual([]);
    expect((await undo(token)).status).toBe(204);
  });

  it('is kept also from an admin who makes an account while it is being left', async () => {
    const { ctx, people } = server;
    const [person, admin] = [await people.patient(), await people.admin()];
    const made = await ctx.tx(async (ctx) => {
      await lockAccount(ctx, person.id);
      await ctx.db.execute(sql`UPDATE accounts SET email = ${freshAddress()} WHERE id = ${person.id}`);
      const answer = admin.api('POST', '/admin/users', { email: person.email, fullName: 'X', role: 'patient' });
      await eventually('it waits for the address', async () => (await callsThatWait(server.ctx)) > 0);
      const undoing = { purpose: 'undo-email-change', email: person.email, previousEmail: freshAddress() } as const;
      await issueLink(ctx, { accountId: person.id, ...undoing });
      return { answer };
    });
    expect((await made.answer).body.code).toBe('email-taken');
  });

  it('is free again after seven days, and can be taken back by its own account before', async () => {
    const { person, thief } = await stolen();
    await changeAddress(person, thief, person.email);
    const { person: second } = await stolen();
    await server.ctx.db.execute(sql`UPDATE email_links SET expires_at = now() WHERE account_id = ${second.id}`);
    const body = { email: second.email, password: newPassword, fullName: 'Next One', role: 'patient' };
    await server.api('POST', '/auth/register', body);
    await server.mailbox.waitFor(second.email, 'Confirm your address');
  });

  it('that another account has all the same is a clear problem, and the link stays good', async () => {
    const { person, token } = await stolen();
    const other = await server.people.patient();
    await server.ctx.db.execute(sql`UPDATE accounts SET email = ${person.email} WHERE id = ${other.id}`);
    const { status, body } = await undo(token);
    expect([status, body.code]).toEqual([409, 'email-taken']);
    expect((await person.api('GET', '/me')).status).toBe(200);
    await server.ctx.db.execute(sql`UPDATE accounts SET email = 'other.one@example.org' WHERE id = ${other.id}`);
    expect((await undo(token)).status).toBe(204);
  });
});
