import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '#platform/id.ts';
import { jobsAreDone, rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

const reason = 'The phone was stolen';
const endSessions = (id: string, body: object = { reason }) => admin.api('DELETE', `/admin/users/${id}/sessions`, body);

it('an admin logs somebody out everywhere: written down, mailed, and they can log in again', async () => {
  const person = await server.people.doctor();
  const other = await server.people.logIn(person);
  const bystander = await server.people.doctor();
  expect((await endSessions(person.id)).status).toBe(204);
  for (const { api, refreshToken } of [person, other]) {
    expect((await api('GET', '/me')).body.code).toBe('session-ended');
    expect((await server.api('POST', '/auth/refresh', { refreshToken })).body.code).toBe('session-ended');
  }
  expect((await bystander.api('GET', '/me')).status).toBe(200);
  await server.mailbox.waitFor(person.email, 'You were logged out');
  const entries = await rowsOf(
    server.ctx,
    sql`SELECT actor_id, details FROM audit_log WHERE action = 'session.ended' AND subject_id = ${person.id}`,
  );
  expect(entries).toEqual([{ actor_id: admin.id, details: { because: 'ended-by-admin', reason, count: 2 } }]);
  const { email, password } = person;
  expect((await server.api('POST', '/auth/tokens', { email, password })).status).toBe(200);
});

it('who has no session is not mailed about it', async () => {
  const person = await server.people.patient();
  await person.api('POST', '/auth/logout');
  expect((await endSessions(person.id)).status).toBe(204);
  await jobsAreDone(server.ctx);
  expect(server.mailbox.mails.filter(({ to }) => to === person.email)).toEqual([]);
});

it('not the own sessions, nor those of nobody, nor without a reason', async () => {
  const deleted = await server.people.patient();
  await admin.api('DELETE', `/admin/users/${deleted.id}`, { reason });
  expect((await endSessions(admin.id)).body.code).toBe('own-account');
  expect((await endSessions(newId())).body.code).toBe('not-found');
  expect((await endSessions(deleted.id)).body.code).toBe('not-found');
  expect((await endSessions(deleted.id, {})).status).toBe(400);
  expect((await admin.api('GET', '/me')).status).toBe(200);
});
