import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/id.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { withoutRequestId } from '../../../test/http.ts';

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

/** A doctor who took one of a patient's requests. */
async function treatment(): Promise<{ patient: Person; doctor: Person; request: string }> {
  const [patient, doctor] = [await server.people.patient(), await server.people.doctor()];
  const submitted = { doctorId: doctor.id, complaint: secrets.complaint, urgency: 'urgent' };
  const request = `/requests/${(await patient.api('POST', '/requests', submitted)).body.id}`;
  await doctor.api('POST', `${request}/accept`);
  return { patient, doctor, request };
}

/** Health text that must be found in no answer to an admin and in no line of the audit. */
const secrets = {
  complaint: 'zq-complaint-zq',
  title: 'zq-title-zq',
  description: 'zq-description-zq',
  recommendations: 'zq-recommendations-zq',
  allergies: 'zq-allergies-zq',
  comment: 'zq-comment-zq',
  cancelled: 'zq-cancelled-zq',
};

describe('GET /users/{id} shows', () => {
  it('a listed doctor’s public profile to anyone logged in', async () => {
    const doctor = await server.people.doctor();
    const expected = (await server.api('GET', `/doctors/${doctor.id}`)).body;
    for (const caller of [await server.people.patient(), await server.people.doctor({ approved: false })]) {
      const { status, body } = await caller.api('GET', `/users/${doctor.id}`);
      expect([status, body]).toEqual([200, { ...expected, role: 'doctor' }]);
    }
  });

  it('a patient to the doctor who treats them, with what care needs and no address of any kind', async () => {
    const { patient, doctor } = await treatment();
    await patient.api('PATCH', '/me', { address: { country: 'PT', city: 'Porto' }, patient: { allergies: 'Nuts' } });
    const { status, body } = await doctor.api('GET', `/users/${patient.id}`);
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['fullName', 'id', 'patient', 'role']);
    expect(body.patient.allergies).toBe('Nuts');
  });

  it('oneself to oneself, whoever that is', async () => {
    const people = [
      await server.people.patient(),
      await server.people.doctor({ approved: false }),
      await server.people.doctor(),
    ];
    for (const { api, id, email } of people)
      expect((await api('GET', `/users/${id}`)).body).toMatchObject({ id, email });
    expect((await admin.api('GET', `/users/${admin.id}`)).body).toMatchObject({ id: admin.id, email: admin.email });
  });

  it('everybody to an admin', async () => {
    const people = [
      await server.people.patient(),
      await server.people.doctor({ approved: false }),
      await server.people.admin(),
    ];
    for (const { id, email } of people) {
      expect((await admin.api('GET', `/users/${id}`)).body).toMatchObject({
        id,
        email,
        bans: [],
        counts: { requests: 0 },
      });
    }
  });

  it('nobody else: whom one may not know of is like one who never was', async () => {
    const { patient, doctor } = await treatment();
    const [stranger, otherDoctor] = [await server.people.patient(), await server.people.doctor()];
    const [pending, banned] = [await server.people.doctor({ approved: false }), await server.people.doctor()];
    await admin.api('POST', `/admin/users/${banned.id}/ban`, { reason: 'x', durationMinutes: 5 });
    const missing = withoutRequestId((await stranger.api('GET', `/users/${newId()}`)).body);
    const pairs: [Person, Person][] = [
      [stranger, patient],
      [otherDoctor, patient],
      [pending, patient],
      [patient, admin],
      [doctor, admin],
      [patient, pending],
      [doctor, banned],
    ];
    for (const [caller, hidden] of pairs) {
      const { status, body } = await caller.api('GET', `/users/${hidden.id}`);
      expect([status, withoutRequestId(body)]).toEqual([404, missing]);
    }
  });

  it('a patient no longer to a doctor who gave the request back, nor to one whose approval is withdrawn', async () => {
    const [released, withdrawn] = [await treatment(), await treatment()];
    await released.doctor.api('POST', `${released.request}/release`, { reason: 'Away' });
    await admin.api('POST', `/admin/doctors/${withdrawn.doctor.id}/reject`, {});
    for (const { doctor, patient } of [released, withdrawn]) {
      expect((await doctor.api('GET', `/users/${patient.id}`)).status).toBe(404);
    }
  });
});

it('no answer to an admin, no audit entry and no security event holds health text', async () => {
  const { patient, doctor, request } = await treatment();
  await patient.api('PATCH', '/me', { patient: { allergies: secrets.allergies } });
  const { title, description, recommendations } = secrets;
  const done = [
    await doctor.api('POST', `${request}/diagnoses`, { title, description, recommendations }),
    await patient.api('POST', `${request}/rating`, { stars: 4, comment: secrets.comment }),
    await doctor.api('GET', `/patients/${patient.id}`),
    await doctor.api('POST', `${request}/close`),
    await patient.api('GET', request),
  ];
  expect(done.map(({ status }) => status)).toEqual([201, 201, 200, 200, 200]);
  const { body: second } = await patient.api('POST', '/requests', {
    specialty: 'cardiology',
    complaint: secrets.complaint,
    urgency: 'routine',
  });
  await patient.api('POST', `/requests/${second.id}/cancel`, { reason: secrets.cancelled });
  const paths = [
    ...[patient, doctor].flatMap(({ id }) => [`/users/${id}`, `/admin/users/${id}`, `/admin/users/${id}/bans`]),
    `/admin/users?limit=100`,
    `/admin/audit?limit=100`,
    `/admin/audit?limit=100&subjectId=${patient.id}`,
    `/admin/security-events?limit=100`,
    `/admin/stats`,
    `/admin/stats/reports`,
    `/admin/stats.csv?report=load`,
    `/notifications`,
  ];
  for (const path of paths) {
    const { status, body } = await admin.api('GET', path);
    expect([path, status]).toEqual([path, 200]);
    for (const secret of Object.values(secrets)) expect(JSON.stringify(body)).not.toContain(secret);
  }
  const { rows } = await server.ctx.db.execute('SELECT row_to_json(a)::text AS line FROM audit_log a');
  expect(rows.length).toBeGreaterThan(10);
  for (const secret of Object.values(secrets)) expect(JSON.stringify(rows)).not.toContain(secret);
  for (const { raw } of server.mailbox.mails) expect(raw).not.toContain('zq-');
  const view = (await admin.api('GET', `/admin/users/${patient.id}`)).body;
  expect(view.counts).toEqual({ requests: 2, diagnoses: 1, ratings: 1 });
});

describe('POST /admin/users', () => {
  const address = () => `made.${randomBytes(5).toString('hex')}@example.org`;

  it('makes an account of each role, a doctor already approved, and mails a link', async () => {
    const doctor = { specialty: 'neurology', licenseNumber: 'L-9' };
    for (const [role, extra] of [
      ['patient', {}],
      ['admin', {}],
      ['doctor', doctor],
    ] as const) {
      const email = address();
      const { status, body } = await admin.api('POST', '/admin/users', { email, fullName: 'Max Made', role, ...extra });
      expect(status).toBe(201);
      expect(body).toMatchObject({ email, role, status: 'active', emailVerified: false });
      await server.mailbox.waitFor(email, 'account is ready');
    }
  });

  it('lists a doctor only once the address is verified, whatever changes before', async () => {
    const body = {
      email: address(),
      fullName: 'Max Made',
      role: 'doctor',
      specialty: 'neurology',
      licenseNumber: 'L-9',
    };
    const { id } = (await admin.api('POST', '/admin/users', body)).body;
    expect((await server.api('GET', `/doctors/${id}`)).status).toBe(404);
    expect((await admin.api('POST', `/admin/users/${id}/ban`, { reason: 'x', durationMinutes: 5 })).status).toBe(201);
    expect((await admin.api('DELETE', `/admin/users/${id}/ban`)).status).toBe(204);
    expect((await server.api('GET', `/doctors/${id}`)).status).toBe(404);
    const token = server.mailbox.tokenIn(await server.mailbox.waitFor(body.email, 'account is ready'));
    await server.api('POST', '/auth/reset-password', { token, newPassword: 'eight louder herons 43' });
    expect((await server.api('GET', `/doctors/${id}`)).status).toBe(200);
  });

  it('says when the address is taken, also to nine of ten at once', async () => {
    const email = address();
    const make = () => admin.api('POST', '/admin/users', { email, fullName: 'Max Made', role: 'patient' });
    const answers = await Promise.all(Array.from({ length: 10 }, make));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body.code === 'email-taken')).toHaveLength(9);
  });

  it.each([
    [{ role: 'doctor' }, ['licenseNumber', 'specialty']],
    [{ role: 'patient', specialty: 'neurology' }, ['specialty']],
    [{ role: 'owner' }, ['role']],
    [{ password: 'seven quiet otters 42' }, ['password']],
  ])('names each wrong field of %j', async (fields, paths) => {
    const { status, body } = await admin.api('POST', '/admin/users', {
      email: address(),
      fullName: 'M',
      role: 'patient',
      ...fields,
    });
    expect(status).toBe(400);
    expect(body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(paths);
  });
});

describe('GET /admin/users', () => {
  it('filters by role, status and how words of name or address begin, which are text and no pattern', async () => {
    const mark = randomBytes(4).toString('hex');
    const active = await server.people.patient({ fullName: `Ann ${mark} %_\\` });
    const banned = await server.people.patient({ fullName: `Bob ${mark}` });
    const deleted = await server.people.patient({ fullName: `Cat ${mark}` });
    const pending = await server.people.doctor({ fullName: `Dan ${mark}`, approved: false });
    await admin.api('POST', `/admin/users/${banned.id}/ban`, { reason: 'x', durationMinutes: 5 });
    await admin.api('DELETE', `/admin/users/${deleted.id}`, { reason: 'x' });
    const found = async (query: string): Promise<string[]> =>
      (await admin.api('GET', `/admin/users?limit=100&${query}`)).body.items.map(({ id }: { id: string }) => id);
    expect(await found(`q=${mark}`)).toEqual([pending.id, banned.id, active.id]);
    expect(await found(`q=${mark.toUpperCase()}&role=doctor`)).toEqual([pending.id]);
    expect(await found(`q=${mark}&status=active`)).toEqual([active.id]);
    expect(await found(`q=${mark}&status=banned`)).toEqual([banned.id]);
    expect(await found(`q=${mark}&status=pending-approval`)).toEqual([pending.id]);
    expect(await found('status=deleted')).toContain(deleted.id);
    const search = (q: string) => found(`q=${encodeURIComponent(q)}`);
    expect(await search(`${mark} ann %_`)).toEqual([active.id]);
    expect(await search(`an_ ${mark}`)).toEqual([active.id]);
    expect(await search(`a_n ${mark}`)).toEqual([]);
    expect(await search('%_')).toEqual([]);
    expect(await search(active.email.slice(0, 18))).toEqual([active.id]);
    expect(await search(`${active.email.toUpperCase()} ${mark}`)).toEqual([active.id]);
    expect(await search(`@${banned.email.split('@')[1]} bob ${mark}`)).toEqual([banned.id]);
    expect(await search(`@nowhere ${mark}`)).toEqual([]);
  });

  it('pages show each account once while others are made in between', async () => {
    const mark = randomBytes(4).toString('hex');
    const made: string[] = [];
    for (let index = 0; index < 7; index += 1) made.unshift((await server.people.patient({ fullName: mark })).id);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { items, nextCursor } = (await admin.api('GET', `/admin/users?q=${mark}&limit=3${cursor}`)).body;
      seen.push(...items.map(({ id }: { id: string }) => id));
      await server.people.patient({ fullName: mark });
      cursor = nextCursor === null ? '' : `&cursor=${nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(made);
  });

  const forged = (keys: unknown) => Buffer.from(JSON.stringify(keys)).toString('base64url');
  it.each([
    'x',
    forged(null),
    forged(['2026-01-01T00:00:00.000Z']),
    forged([1, newId()]),
    forged(['2026-02-31T00:00:00.000Z', newId()]),
    forged(['0000-01-01T00:00:00.000Z', newId()]),
    forged(['2026-01-01T00:00:00.000Z', 'x']),
    forged([{ $gt: '' }, newId()]),
  ])('the cursor %s, which is none of ours, is a 400 that names it', async (cursor) => {
    for (const list of ['/admin/users', '/admin/audit', '/admin/security-events', `/admin/users/${admin.id}/bans`]) {
      const { status, body } = await admin.api('GET', `${list}?cursor=${cursor}`);
      expect([list, status, body.errors?.[0].path]).toEqual([list, 400, 'cursor']);
    }
  });
});
