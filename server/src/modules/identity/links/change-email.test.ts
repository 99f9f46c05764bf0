import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodPassword, type Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';

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
});
