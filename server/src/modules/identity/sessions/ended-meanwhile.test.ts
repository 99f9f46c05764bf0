import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callsThatWait } from '../../../../test/database.ts';
import { goodPassword, type Person } from '../../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, codeOf } from '../../../../test/http.ts';
import { addPasskey } from '../../../../test/passkeys.ts';
import { lockAccount } from '../accounts/account.ts';
import { endSessions } from './end-sessions.ts';

// A thief's call was let in, and the owner ends all sessions before it has done anything.

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Prepared = () => Promise<Answer>;

it.each<[what: string, prepare: (person: Person) => Promise<Prepared> | Prepared]>([
  [
    'turns codes on',
    async ({ api }) => {
      const { secret } = (await api('POST', '/auth/mfa/totp')).body;
      return () => api('POST', '/auth/mfa/totp/confirm', { code: new TOTP({ secret }).generate() });
    },
  ],
  [
    'begins to turn codes on',
    ({ api }) =>
      () =>
        api('POST', '/auth/mfa/totp'),
  ],
  [
    'removes a passkey',
    async (person) => {
      const { id } = await addPasskey(person);
      return () => person.api('DELETE', `/auth/mfa/passkeys/${id}`);
    },
  ],
  [
    'changes the password',
    ({ api }) =>
      () =>
        api('POST', '/auth/change-password', { currentPassword: goodPassword, newPassword: 'eight louder herons 43' }),
  ],
  [
    'asks for another address',
    ({ api }) =>
      () =>
        api('POST', '/auth/change-email', { newEmail: 'thief@example.org', password: goodPassword }),
  ],
])('a session that has ended meanwhile no longer %s', async (_what, prepare) => {
  const { ctx, people } = server;
  const person = await people.patient();
  const act = await prepare(person);
  const late = await ctx.tx(async (ctx) => {
    await lockAccount(ctx, person.id);
    const answer = act();
    await eventually('the call waits', async () => (await callsThatWait(server.ctx)) > 0);
    await endSessions(ctx, { accountId: person.id, because: 'logout-all' });
    return { answer };
  });
  expect(codeOf(await late.answer)).toEqual([401, 'session-ended']);
});
