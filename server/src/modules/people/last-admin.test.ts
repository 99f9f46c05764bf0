import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';

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
