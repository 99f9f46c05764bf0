import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import type { Ctx } from '../../context.ts';
import { liftCase } from '../abuse/lift-case.ts';
import { actorFor } from '../appointments/test-support.ts';
import { resetSecondFactor } from '../identity/factors/reset-second-factor.ts';
import { endUserSessions } from '../identity/sessions/end-user-sessions.ts';
import { answerAppeal } from './appeal-ban.ts';
import { createUser } from './create-user.ts';
import { approveDoctor, banUser, deleteUser, liftBan, rejectDoctor } from './moderate-user.ts';

let server: TestServer;
let pair: [Person, Person];
beforeAll(async () => {
  server = await startTestServer();
  pair = [await server.people.admin(), await server.people.admin()];
});
afterAll(() => server.stop());

/** Admins who are neither banned nor deleted. */
function adminsLeft(): Promise<number> {
  return countOf(
    server.ctx,
    sql`SELECT count(*) AS n FROM accounts a WHERE role = 'admin' AND deleted_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.account_id = a.id AND b.lifted_at IS NULL)`,
  );
}

it('two admins who ban each other at once leave one, fifty times', async () => {
  let [first, second] = pair;
  for (let trial = 0; trial < 50; trial += 1) {
    const reason = 'A race';
    const [one, other] = await Promise.all([
      first.api('POST', `/admin/users/${second.id}/ban`, { reason, durationMinutes: null }),
      second.api('POST', `/admin/users/${first.id}/ban`, { reason, durationMinutes: null }),
    ]);
    expect([one, other].filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await adminsLeft()).toBe(1);
    await server.ctx.db.execute(sql`UPDATE bans SET lifted_at = now() WHERE lifted_at IS NULL`);
    [first, second] = [await server.people.logIn(first), await server.people.logIn(second)];
  }
});

it('one who bans and one who deletes at once leave one', async () => {
  const [first, second] = [await server.people.logIn(pair[0]), await server.people.logIn(pair[1])];
  const [banned, deleted] = await Promise.all([
    first.api('POST', `/admin/users/${second.id}/ban`, { reason: 'A race', durationMinutes: null }),
    second.api('DELETE', `/admin/users/${first.id}`, { reason: 'A race' }),
  ]);
  expect([banned.status, deleted.status].filter((status) => status < 300)).toHaveLength(1);
  expect(await adminsLeft()).toBe(1);
});

type Act = (ctx: Ctx, id: string) => Promise<unknown>;

const reason = 'A race';
const acts: Record<string, Act> = {
  ban: (ctx, id) => banUser(ctx, { id, reason, durationMinutes: null }),
  'lift the ban of': (ctx, id) => liftBan(ctx, { id }),
  'answer the appeal of': (ctx, id) => answerAppeal(ctx, { id, decision: 'lift', text: 'Good' }),
  approve: (ctx, id) => approveDoctor(ctx, { id }),
  'reset the factors of': (ctx, id) => resetSecondFactor(ctx, { id, reason }),
  'end the sessions of': (ctx, id) => endUserSessions(ctx, { id, reason }),
};

it.each(Object.entries(acts))(
  'two admins who %s each other at once do not wait for each other, a hundred times',
  async (_what, act) => {
    const [first, second] = [await server.people.admin(), await server.people.admin()];
    let tries = 0;
    // A deadlock would be healed by beginning anew.
    const begin = (by: Person, to: Person) =>
      server.ctx.tx((ctx) => {
        tries += 1;
        return act(ctx.as(actorFor(by, 'admin')), to.id);
      });
    for (let trial = 0; trial < 100; trial += 1) {
      await Promise.allSettled([begin(first, second), begin(second, first)]);
      await server.ctx.db.execute(sql`UPDATE bans SET lifted_at = now() WHERE lifted_at IS NULL`);
    }
    expect(tries).toBe(200);
  },
);

it.each<[string, Act]>([
  ...Object.entries(acts),
  ['delete', (ctx, id) => deleteUser(ctx, { id, reason })],
  ['end a case of', (ctx, id) => liftCase(ctx, { id, reason })],
  ['refuse', (ctx, id) => rejectDoctor(ctx, { id, reason })],
  ['make', (ctx, id) => createUser(ctx, { email: `${id}@example.org`, fullName: 'Back Door', role: 'admin' })],
])('an admin who was banned a moment ago can %s nobody', async (_what, act) => {
  const { people } = server;
  const [admin, other, doctor] = [await people.admin(), await people.admin(), await people.doctor({ approved: false })];
  await other.api('POST', `/admin/users/${admin.id}/ban`, { reason, durationMinutes: null });
  const late = act(server.ctx.as(actorFor(admin, 'admin')), doctor.id);
  await expect(late).rejects.toMatchObject({ code: 'account-banned' });
});
