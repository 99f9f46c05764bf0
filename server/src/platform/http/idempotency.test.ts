import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countOf, rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { type Answer, createApi } from '../../../test/http.ts';
import { dropOldIdempotencyKeys } from './idempotency.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const secret = 'zq-a-cough-that-nobody-may-read-zq';
const good = { specialty: 'cardiology', complaint: secret, urgency: 'routine' };

function submit({ api }: Pick<Person, 'api'>, key: string, body: object = good): Promise<Answer> {
  return api('POST', '/requests', body, { headers: { 'idempotency-key': key } });
}

function requestsOf({ id }: Person): Promise<number> {
  return countOf(server.ctx, sql`SELECT count(*) AS n FROM care_requests WHERE patient_id = ${id}`);
}

function keysOf({ id }: Person): Promise<number> {
  return countOf(server.ctx, sql`SELECT count(*) AS n FROM idempotency_keys WHERE account_id = ${id}`);
}

it('a hundred identical calls at once make one thing and get one answer', async () => {
  const patient = await server.people.patient();
  const answers = await Promise.all(Array.from({ length: 100 }, () => submit(patient, 'once')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(await requestsOf(patient)).toBe(1);
});

it('the same call later, on another node and in another session, gets the same answer', async () => {
  const patient = await server.people.patient();
  const first = await submit(patient, 'k');
  const { url } = await server.addNode({ roles: ['api'] });
  const { accessToken } = await server.people.logIn(patient);
  const again = await submit({ api: createApi(url, { authorization: `Bearer ${accessToken}` }) }, 'k');
  expect([again.status, again.body]).toEqual([first.status, first.body]);
  expect(await requestsOf(patient)).toBe(1);
});

it('the same key with another body, or for another call, is refused and makes nothing', async () => {
  const patient = await server.people.patient();
  const { body } = await submit(patient, 'k');
  const other = await submit(patient, 'k', { ...good, urgency: 'urgent' });
  expect([other.status, other.body.code]).toEqual([409, 'idempotency-key-reused']);
  await server.ctx.db.execute(
    sql`UPDATE care_requests SET status = 'cancelled', closed_at = now() WHERE id = ${body.id}`,
  );
  const headers = { 'idempotency-key': 'k' };
  const rating = await patient.api('POST', `/requests/${body.id}/rating`, { stars: 5 }, { headers });
  expect(rating.body.code).toBe('idempotency-key-reused');
  expect(await requestsOf(patient)).toBe(1);
});

it('the same body with its members in another order is the same body', async () => {
  const patient = await server.people.patient();
  const first = await submit(patient, 'k');
  const again = await submit(patient, 'k', Object.fromEntries(Object.entries(good).reverse()));
  expect([again.status, again.body]).toEqual([first.status, first.body]);
});

it('the same key of another account is another key', async () => {
  const [one, other] = [await server.people.patient(), await server.people.patient()];
  const [first, second] = [await submit(one, 'k'), await submit(other, 'k')];
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.id).not.toBe(first.body.id);
  expect(second.body.patient.id).toBe(other.id);
});

it('a call that fails leaves no key: it may be tried again', async () => {
  const [patient, admin] = [await server.people.patient(), await server.people.admin()];
  expect((await submit(patient, 'k', { ...good, urgency: 'soon' })).status).toBe(400);
  expect((await submit(patient, 'k', { ...good, specialty: undefined })).status).toBe(400);
  expect(await keysOf(patient)).toBe(0);
  expect((await submit(patient, 'k')).status).toBe(201);
  const headers = { 'idempotency-key': 'k' };
  const taken = { email: patient.email, fullName: 'X', role: 'patient' };
  expect((await admin.api('POST', '/admin/users', taken, { headers })).body.code).toBe('email-taken');
  expect(await keysOf(admin)).toBe(0);
});

it('a refusal stays in the audit although the call with a key leaves nothing', async () => {
  const [patient, doctor] = [await server.people.patient(), await server.people.doctor({ specialty: 'urology' })];
  const { id } = (await submit(patient, 'k')).body;
  const diagnosis = { title: 'T', description: 'D', recommendations: 'R' };
  for (const headers of [{}, { 'idempotency-key': 'k' }]) {
    expect((await doctor.api('POST', `/requests/${id}/diagnoses`, diagnosis, { headers })).status).toBe(404);
  }
  const denied = sql`SELECT count(*) AS n FROM audit_log WHERE actor_id = ${doctor.id} AND subject_id = ${id} AND outcome = 'denied'`;
  expect(await countOf(server.ctx, denied)).toBe(2);
});

it('the stored answer cannot be read, nor be moved to another account', async () => {
  const [patient, thief] = [await server.people.patient(), await server.people.patient()];
  await submit(patient, 'k');
  const [row] = await rowsOf<{ line: string; body: Buffer }>(
    server.ctx,
    sql`SELECT row_to_json(i)::text AS line, sealed_body AS body FROM idempotency_keys i WHERE account_id = ${patient.id}`,
  );
  expect(row?.body.length).toBeGreaterThan(100);
  for (const text of [row?.line, row?.body.toString('latin1'), row?.body.toString('utf8')])
    expect(text).not.toContain('zq-');
  await server.ctx.db.execute(
    sql`UPDATE idempotency_keys SET account_id = ${thief.id} WHERE account_id = ${patient.id}`,
  );
  const stolen = await submit(thief, 'k');
  expect(stolen.status).toBeGreaterThanOrEqual(400);
  expect(JSON.stringify(stolen.body)).not.toContain('zq-');
});

it('a key is 1 to 255 visible ASCII characters', async () => {
  const patient = await server.people.patient();
  for (const key of ['', ' ', 'a b', 'a, b', 'é', 'x'.repeat(256)]) {
    const { status, body } = await submit(patient, key);
    expect([key, status, body.errors[0].path]).toEqual([key, 400, 'Idempotency-Key']);
  }
  expect((await submit(patient, 'x'.repeat(255))).status).toBe(201);
  expect(await requestsOf(patient)).toBe(1);
});

it('a key is kept for a day', async () => {
  const patient = await server.people.patient();
  await submit(patient, 'k');
  const age = (hours: number) =>
    server.ctx.db.execute(
      sql`UPDATE idempotency_keys SET created_at = now() - make_interval(hours => ${hours}) WHERE account_id = ${patient.id}`,
    );
  await age(23);
  await dropOldIdempotencyKeys(server.ctx);
  expect(await keysOf(patient)).toBe(1);
  await age(25);
  await dropOldIdempotencyKeys(server.ctx);
  expect(await keysOf(patient)).toBe(0);
});
