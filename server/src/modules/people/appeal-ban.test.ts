import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import type { Answer } from '../../../test/http.ts';

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

const text = 'I have never written that.\nPlease look again.';

const logIn = ({ email }: Person, password: string) => server.api('POST', '/auth/tokens', { email, password });
const appeal = (token: unknown, words = text) => server.api('POST', '/auth/ban-appeal', { token, text: words });
const answer = (person: Person, decision: string, by = admin) =>
  by.api('POST', `/admin/users/${person.id}/ban/appeal`, { decision, text: 'We looked again.\nThank you.' });
const codeOf = ({ status, body }: Answer) => [status, body.code];

async function banned(): Promise<{ person: Person; token: string }> {
  const person = await server.people.patient();
  await admin.api('POST', `/admin/users/${person.id}/ban`, { reason: 'Insulted a patient', durationMinutes: 60 });
  const { status, body } = await logIn(person, person.password);
  expect([status, body.code, body.reason]).toEqual([403, 'account-banned', 'Insulted a patient']);
  return { person, token: body.appealToken };
}

describe('an appeal against a ban', () => {
  it('is made once with what the right password gives, seen by admins, and told to owner and admins', async () => {
    const { person, token } = await banned();
    expect((await logIn(person, 'wrong wrong wrong')).body.appealToken).toBeUndefined();
    expect((await person.api('GET', '/me')).body).toMatchObject({ code: 'account-banned' });
    expect((await person.api('GET', '/me')).body.appealToken).toBeUndefined();
    expect((await appeal(token)).status).toBe(201);
    expect(codeOf(await appeal(token))).toEqual([409, 'already-appealed']);
    const again = await logIn(person, person.password);
    expect(again.body).toMatchObject({ code: 'account-banned', appeal: { decision: null, answer: null } });
    expect(again.body.appealToken).toBeUndefined();
    const { bans } = (await admin.api('GET', `/admin/users/${person.id}`)).body;
    expect(bans).toMatchObject([{ appeal: { text, decision: null, answeredAt: null } }]);
    expect((await admin.api('GET', '/admin/users?appeal=open')).body.items).toContainEqual(
      expect.objectContaining({ id: person.id }),
    );
    expect((await admin.api('GET', '/notifications')).body.items).toContainEqual(
      expect.objectContaining({ kind: 'appeal-received', userId: person.id }),
    );
    await server.mailbox.waitFor(person.email, 'We have your appeal');
  });

  it('of many at once is kept once', async () => {
    const { person, token } = await banned();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => appeal(token, `Words ${n}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await admin.api('GET', `/admin/users/${person.id}/bans`)).body.items).toHaveLength(1);
  });

  it.each([
    ['lift', 'Your ban is lifted', 200],
    ['keep', 'Your ban stays', 403],
  ])('that is answered with %s is answered once, by mail, and acts at once', async (decision, subject, login) => {
    const { person, token } = await banned();
    expect(codeOf(await answer(person, decision))).toEqual([409, 'no-open-appeal']);
    await appeal(token);
    const other = await server.people.admin();
    const answers = await Promise.all([answer(person, decision), answer(person, decision, other)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { body } = answers.find(({ status }) => status === 200) ?? answers[0];
    expect(body).toMatchObject({ appeal: { decision, answer: 'We looked again.\nThank you.' } });
    expect(body.liftedAt === null).toBe(decision === 'keep');
    expect((await server.mailbox.waitFor(person.email, subject)).text).toContain('We looked again.');
    const after = await logIn(person, person.password);
    expect(after.status).toBe(login);
    if (decision === 'keep')
      expect(after.body.appeal).toMatchObject({ decision, answer: 'We looked again.\nThank you.' });
  });

  it('takes no other token, none of another ban, and none once the ban is over', async () => {
    const [one, other] = [await banned(), await banned()];
    expect(codeOf(await appeal('nonsense'))).toEqual([400, 'invalid-token']);
    expect(codeOf(await appeal(one.person.accessToken))).toEqual([400, 'invalid-token']);
    for (const path of ['/auth/verify-email', '/me/deletion/confirm', '/auth/confirm-email'])
      expect([path, codeOf(await server.api('POST', path, { token: one.token }))]).toEqual([
        path,
        [400, 'invalid-token'],
      ]);
    await admin.api('DELETE', `/admin/users/${one.person.id}/ban`);
    expect(codeOf(await appeal(one.token))).toEqual([409, 'not-banned']);
    await admin.api('POST', `/admin/users/${one.person.id}/ban`, { reason: 'Again', durationMinutes: null });
    expect(codeOf(await appeal(one.token))).toEqual([409, 'not-banned']);
    for (const words of [' ', 'x'.repeat(2001)]) expect((await appeal(other.token, words)).status).toBe(400);
    expect((await appeal(other.token, 'x'.repeat(2000))).status).toBe(201);
  });

  it('is not read by others than admins, and goes with the account', async () => {
    const { person, token } = await banned();
    await appeal(token);
    expect((await admin.api('DELETE', `/admin/users/${person.id}`, { reason: 'Asked for it' })).status).toBe(204);
    const kept = sql`SELECT count(*) AS n FROM ban_appeals a JOIN bans b ON b.id = a.ban_id WHERE b.account_id = ${person.id}`;
    expect(await countOf(server.ctx, kept)).toBe(0);
    expect(codeOf(await appeal(token))).toEqual([400, 'invalid-token']);
  });
});

describe('the list of appeals', () => {
  it('is by state, those that wait longest first, page by page, for admins alone', async () => {
    type Item = { state: string; account: { id: string }; appeal: { text: string }; ban: { reason: string } };
    const list = async (query: string): Promise<{ items: Item[]; nextCursor: string | null }> =>
      (await admin.api('GET', `/admin/appeals${query}`)).body;
    const people: Person[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { person, token } = await banned();
      expect((await appeal(token, `Words ${n}`)).status).toBe(201);
      people.push(person);
    }
    const [kept, ended, ...waiting] = people as [Person, Person, ...Person[]];
    await answer(kept, 'keep');
    await admin.api('DELETE', `/admin/users/${ended.id}/ban`);
    /** Of these people only: other tests have appeals of their own. */
    const allOf = async (state: string) => {
      const found: Item[] = [];
      for (let cursor = ''; ; ) {
        const { items, nextCursor } = await list(`?state=${state}&limit=1${cursor}`);
        found.push(...items.filter(({ account }) => people.some(({ id }) => id === account.id)));
        if (nextCursor === null) return found;
        cursor = `&cursor=${nextCursor}`;
      }
    };
    const idsOf = (items: Item[]) => items.map(({ account }) => account.id);
    expect(idsOf(await allOf('open'))).toEqual(waiting.map(({ id }) => id));
    expect(await allOf('answered')).toMatchObject([
      {
        state: 'answered',
        account: { id: kept.id },
        appeal: { decision: 'keep' },
        ban: { reason: 'Insulted a patient' },
      },
    ]);
    expect(idsOf(await allOf('over'))).toEqual([ended.id]);
    const newest = (await list('?limit=4')).items;
    expect(idsOf(newest)).toEqual(people.map(({ id }) => id).toReversed());
    expect(newest.map(({ state }) => state)).toEqual(['open', 'open', 'over', 'answered']);
    expect((await admin.api('GET', '/admin/appeals?state=lost')).status).toBe(400);
    expect((await (await server.people.doctor()).api('GET', '/admin/appeals')).status).toBe(403);
  });
});
