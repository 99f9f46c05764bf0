import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { addUpTallies, readTallies } from '../../platform/database/tallies.ts';

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

const stats = async () => (await admin.api('GET', '/admin/stats')).body;

/** What a count says, of which the tallies are to say the same. */
async function counted() {
  const { rows } = await server.ctx.db.execute<{ subject: string; key: string; n: number }>(sql`
    SELECT 'byRole' AS subject, role AS key, count(*)::int AS n FROM accounts GROUP BY role
    UNION ALL SELECT 'byStatus', CASE WHEN deleted_at IS NOT NULL THEN 'deleted' WHEN EXISTS (SELECT FROM bans WHERE account_id = accounts.id AND lifted_at IS NULL) THEN 'banned'
      WHEN role = 'doctor' AND approved_at IS NULL THEN 'pending-approval' ELSE 'active' END, count(*)::int FROM accounts GROUP BY 2
    UNION ALL SELECT 'requests', status, count(*)::int FROM care_requests GROUP BY status
    UNION ALL SELECT 'doctors', specialty, count(*)::int FROM doctors WHERE listed GROUP BY specialty
    UNION ALL SELECT 'ratings', '', count(*)::int FROM ratings`);
  const of = (subject: string) =>
    Object.fromEntries(rows.filter((row) => row.subject === subject).map(({ key, n }) => [key, n]));
  return {
    byRole: of('byRole'),
    byStatus: of('byStatus'),
    doctors: of('doctors'),
    requests: of('requests'),
    ratings: of('ratings')[''],
  };
}

async function expectTruth(): Promise<void> {
  const { accounts, requests, ratings } = await stats();
  const doctors = Object.fromEntries(await readTallies(server.ctx, 'doctors'));
  expect({ ...accounts, doctors, requests: requests.byStatus, ratings: ratings.total }).toEqual({
    total: Object.values((await counted()).byRole).reduce((sum, n) => sum + n, 0),
    ...(await counted()),
  });
}

it('the numbers of the start page are those of a count, through all that can happen to accounts, requests and ratings', async () => {
  const { people } = server;
  const [patient, doctor, pending] = await Promise.all([
    people.patient(),
    people.doctor(),
    people.doctor({ approved: false }),
  ]);
  await expectTruth();
  const submit = async () =>
    (await patient.api('POST', '/requests', { doctorId: doctor.id, complaint: 'Cough', urgency: 'routine' })).body.id;
  const [treated, cancelled, handedBack] = [await submit(), await submit(), await submit()];
  await expectTruth();
  await patient.api('POST', `/requests/${cancelled}/cancel`, {});
  for (const id of [treated, handedBack]) await doctor.api('POST', `/requests/${id}/accept`);
  await expectTruth();
  await doctor.api('POST', `/requests/${handedBack}/release`, { reason: 'Away' });
  const finding = { title: 'Cold', description: 'A cold.', recommendations: 'Rest.' };
  await doctor.api('POST', `/requests/${treated}/diagnoses`, finding);
  await expectTruth();
  await doctor.api('POST', `/requests/${treated}/close`);
  expect((await patient.api('POST', `/requests/${treated}/rating`, { stars: 4 })).status).toBe(201);
  await expectTruth();
  for (const [person, path] of [
    [pending, 'ban'],
    [patient, 'ban'],
  ] as const)
    await admin.api('POST', `/admin/users/${person.id}/${path}`, { reason: 'x', durationMinutes: null });
  expect((await stats()).accounts.byStatus).toMatchObject({ banned: 2 });
  await expectTruth();
  await admin.api('DELETE', `/admin/users/${pending.id}/ban`);
  await expectTruth();
  await admin.api('POST', `/admin/doctors/${pending.id}/approve`, {});
  expect((await stats()).bans).toEqual({ active: 1 });
  // Deleted, and the ban with it: once, and as deleted.
  await admin.api('DELETE', `/admin/users/${patient.id}`, { reason: 'asked for it' });
  await expectTruth();
  expect((await stats()).bans).toEqual({ active: 0 });
});

it('nothing is counted twice or not at all while changes are added up, in a hundred races of two workers against a reader', async () => {
  const add = () =>
    server.ctx.db.execute(sql`INSERT INTO tally_changes VALUES ('ratings', '', 1), ('requests', 'submitted', 1)`);
  const before = await stats();
  for (let trial = 1; trial <= 100; trial += 1) {
    await add();
    const [seen] = await Promise.all([stats(), addUpTallies(server.ctx), addUpTallies(server.ctx)]);
    expect([seen.ratings.total, seen.requests.total]).toEqual([
      before.ratings.total + trial,
      before.requests.total + trial,
    ]);
  }
  await addUpTallies(server.ctx);
  const { rows } = await server.ctx.db.execute(sql`SELECT FROM tally_changes`);
  expect(rows).toEqual([]);
  expect((await stats()).ratings.total).toBe(before.ratings.total + 100);
  // Counting anew mends what these were: changes of nothing.
  await server.ctx.db.execute(sql`SELECT count_anew()`);
  await expectTruth();
});
