import type { Appointment, CareRequest, Doctor, Room } from '@openward/contracts';
import { count } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { devMails } from '#platform/mail/dev-mailbox.ts';
import { accounts, bans } from '#server/modules/identity/index.ts';
import { startTestServer, type TestServer } from '../../test/harness.ts';
import { type Api, createApi } from '../../test/http.ts';
import type { Platform } from '../context.ts';
import { checkPassword } from '../modules/identity/passwords/password-policy.ts';
import { isEmpty } from './is-empty.ts';
import { demoLogins } from './logins.ts';
import { planDemo, seedDemoData } from './seed.ts';

let server: TestServer;
let platform: Platform;

beforeAll(async () => {
  server = await startTestServer();
  ({ platform } = await server.addNode({ roles: ['api'] }));
});

afterAll(() => server.stop());

test('a fill that breaks off leaves nothing behind, and the next one fills', async () => {
  const breakOff = seedDemoData(platform, (message) => {
    if (message.includes('100 of')) throw new Error('killed');
  });
  await expect(breakOff).rejects.toThrow('killed');
  expect(await isEmpty(server.ctx)).toBe('empty');

  await seedDemoData(platform, () => {});
  expect(await isEmpty(server.ctx)).toBe('demo');
  const before = await countAccounts();
  await seedDemoData(platform, () => {});
  expect(await countAccounts()).toBe(before);
});

test('two fills at once fill once', async () => {
  const other = await startTestServer();
  const node = await other.addNode({ roles: ['api'] });
  await Promise.all([seedDemoData(node.platform, () => {}), seedDemoData(node.platform, () => {})]);
  expect(await isEmpty(other.ctx)).toBe('demo');
  await other.stop();
});

test('doctors differ in what patients choose by', async () => {
  const doctors = await all<Doctor>(server.api, '/doctors?limit=100');
  expect(doctors).toHaveLength(60);
  expect(new Set(doctors.map(({ specialty }) => specialty.code)).size).toBe(15);
  expect(new Set(doctors.map(({ fullName }) => fullName)).size).toBe(60);
  expect(new Set(doctors.map(({ bio }) => bio)).size).toBe(60);
  expect(new Set(doctors.map(({ address }) => address?.country)).size).toBeGreaterThan(10);
  expect(new Set(doctors.map(({ rating }) => rating.average)).size).toBeGreaterThan(10);
  expect(doctors.some(({ rating }) => rating.count === 0)).toBe(true);
  expect(doctors.filter(({ rating }) => rating.count === 1 && rating.average === 5)).toHaveLength(1);
  expect(doctors.some(({ acceptingRequests }) => !acceptingRequests)).toBe(true);
});

test('the admin sees requests in every state, a doctor who waits and a ban', async () => {
  const admin = await logIn('admin');
  const { body: stats } = await admin('GET', '/admin/stats');
  expect(stats.accounts.byRole).toEqual({ patient: 80, doctor: 61, admin: 1 });
  expect(stats.accounts.byStatus['pending-approval']).toBe(1);
  expect(Object.keys(stats.requests.byStatus)).toHaveLength(6);
  expect(stats.requests.total).toBeGreaterThan(140);
  expect(stats.ratings.total).toBeGreaterThan(80);
  expect(stats.bans.active).toBe(1);
  const [ban] = await server.ctx.db.select().from(bans);
  expect(Date.parse(ban?.until ?? '') - Date.parse(ban?.startsAt ?? '')).toBe(3 * 24 * 3_600_000);
});

test('there is a corrected diagnosis, and a licence that waits to be looked at', async () => {
  const [patient, admin] = [await logIn('patient'), await logIn('admin')];
  const requests = await all<CareRequest>(patient, '/requests?limit=100');
  expect(requests.flatMap(({ diagnoses }) => diagnoses).filter(({ version }) => version === 2)).toHaveLength(1);
  const { emergencyContact, medication, conditions } = (await patient('GET', '/me')).body.patient;
  expect([emergencyContact, medication, conditions]).not.toContain(null);
  const { items } = (await admin('GET', '/admin/approvals')).body;
  expect(items).toMatchObject([{ kind: 'first', documents: [{ name: 'licence.pdf', isNew: true }] }]);
  const licence = await admin('GET', `/admin/approval-documents/${items[0].documents[0].id}`);
  expect([licence.status, licence.headers.get('content-type')]).toEqual([200, 'application/pdf']);
});

test.each([
  ['patient', ['submitted', 'accepted', 'diagnosed', 'closed', 'cancelled', 'declined']],
  ['doctor', ['accepted', 'diagnosed', 'closed', 'declined']],
] as const)('the demo %s has something in every list', async (role, statuses) => {
  const api = await logIn(role);
  const requests = await all<CareRequest>(api, '/requests?limit=100');
  expect(new Set(requests.map(({ status }) => status))).toEqual(new Set(statuses));
  expect(requests.some(({ status, rating }) => status === 'diagnosed' && rating === null)).toBe(true);
  const taken = requests.filter(({ status }) => ['accepted', 'diagnosed', 'closed'].includes(status));
  expect(taken.every(({ id, roomId }) => roomId === id)).toBe(true);

  const rooms = await all<Room>(api, '/rooms?limit=100');
  expect(new Set(rooms.map(({ id }) => id))).toEqual(new Set(taken.map(({ id }) => id)));
  const shared = rooms.find(
    ({ status, members }) =>
      status === 'open' &&
      ['Jonas Weber', 'Helena Duarte'].every((name) => members.some(({ fullName }) => fullName === name)),
  );
  expect(shared?.lastSeq).toBeGreaterThanOrEqual(4);
  expect(rooms.some(({ status, lastSeq }) => status === 'closed' && lastSeq > 0)).toBe(true);
});

test('the demo doctor and the demo patient have appointments to come, and every doctor who takes requests has free slots', async () => {
  for (const role of ['patient', 'doctor'] as const) {
    const appointments = await all<Appointment>(await logIn(role), '/appointments?limit=100');
    expect(appointments.length).toBeGreaterThanOrEqual(2);
    for (const { startsAt, status } of appointments) {
      expect(Date.parse(startsAt)).toBeGreaterThan(Date.now());
      expect(status).toBe('booked');
    }
  }
  const patient = await logIn('patient');
  const doctors = await all<Doctor>(server.api, '/doctors?limit=100');
  for (const { id, acceptingRequests } of doctors) {
    const { body } = await patient('GET', `/doctors/${id}/slots`);
    expect(body.items.length > 10).toBe(acceptingRequests);
  }
});

test('the demo doctor has requests to take: of the specialty and sent in person', async () => {
  const incoming = await all<CareRequest>(await logIn('doctor'), '/requests?box=incoming');
  expect(incoming.some(({ doctor }) => doctor === null)).toBe(true);
  expect(incoming.some(({ doctor }) => doctor?.fullName === 'Helena Duarte')).toBe(true);
  expect(new Set(incoming.map(({ urgency }) => urgency))).toEqual(new Set(['routine', 'urgent', 'emergency']));
  expect(incoming[0]?.redFlags).toMatchObject([{ rule: 'chest-pain' }]);
});

test('nobody gets mail for it', async () => {
  expect(server.mailbox.mails).toEqual([]);
  expect(await server.ctx.db.select().from(devMails)).toEqual([]);
});

test('the logins are good passwords in a fixed order', async () => {
  expect(demoLogins.map(({ role }) => role)).toEqual(['patient', 'doctor', 'admin']);
  for (const { email, password } of demoLogins)
    expect(await checkPassword(password, { email, fullName: 'Helena Duarte' })).toBeNull();
});

test('the plan repeats, has about 25 conversations, and leaves no gap in a text', () => {
  const plan = planDemo();
  expect(planDemo()).toEqual(plan);
  const talks = plan.requests.filter(({ talk }) => talk.length > 0);
  expect(talks.length).toBeGreaterThanOrEqual(20);
  expect(talks.length).toBeLessThanOrEqual(32);
  for (const { talk } of talks) expect(talk.length).toBeGreaterThanOrEqual(4);
  for (const { complaint } of plan.requests) expect(complaint).not.toMatch(/[{}]|undefined/);
  const people = [...plan.cast.doctors, plan.cast.pendingDoctor, ...plan.cast.patients];
  expect(new Set(people.map(({ email }) => email)).size).toBe(people.length);
});

async function countAccounts(): Promise<number> {
  const [row] = await server.ctx.db.select({ n: count() }).from(accounts);
  return row?.n ?? 0;
}

async function logIn(role: string): Promise<Api> {
  const { email, password } = demoLogins.find((login) => login.role === role) ?? { email: '', password: '' };
  const { status, body } = await server.api('POST', '/auth/tokens', { email, password });
  expect(status).toBe(200);
  return createApi(server.url, { authorization: `Bearer ${body.accessToken}` });
}

async function all<T>(api: Api, path: string): Promise<T[]> {
  const { status, body } = await api('GET', path);
  expect(status).toBe(200);
  expect(body.nextCursor).toBeNull();
  return body.items;
}
