import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { withoutRequestId } from '../../../test/http.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const diagnosis = {
  title: 'Acute bronchitis',
  icd10: 'J20.9',
  description: 'Inflamed airways',
  recommendations: 'Rest',
};

async function submit(
  patient: Person,
  to: { doctorId?: string; specialty?: string },
  urgency = 'routine',
  complaint = 'A cough',
) {
  const { status, body } = await patient.api('POST', '/requests', { ...to, complaint, urgency });
  expect(status).toBe(201);
  return body;
}

describe('submitting', () => {
  it('to a doctor names the doctor and the specialty; to a specialty leaves the doctor open', async () => {
    const [patient, doctor] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'radiology' }),
    ]);
    expect(await submit(patient, { doctorId: doctor.id })).toMatchObject({
      status: 'submitted',
      patient: { id: patient.id, fullName: patient.fullName },
      doctor: { id: doctor.id },
      specialty: { code: 'radiology', name: 'Radiology' },
      diagnoses: [],
      rating: null,
      roomId: null,
      acceptedAt: null,
    });
    expect(await submit(patient, { specialty: 'radiology' })).toMatchObject({ doctor: null });
  });

  it.each([
    ['neither doctor nor specialty', {}, 'doctorId'],
    ['an unknown specialty', { specialty: 'astrology' }, 'specialty'],
    ['an empty complaint', { specialty: 'surgery', complaint: ' ' }, 'complaint'],
    ['a complaint of 4001 characters', { specialty: 'surgery', complaint: 'x'.repeat(4001) }, 'complaint'],
    ['an unknown urgency', { specialty: 'surgery', urgency: 'now' }, 'urgency'],
    ['a field that is not the caller’s', { specialty: 'surgery', status: 'closed' }, 'status'],
  ])('with %s is refused by name', async (_what, fields, path) => {
    const patient = await server.people.patient();
    const { status, body } = await patient.api('POST', '/requests', {
      complaint: 'Pain',
      urgency: 'routine',
      ...fields,
    });
    expect(status).toBe(400);
    expect(body.errors.map((error: { path: string }) => error.path)).toContain(path);
    expect((await patient.api('GET', '/requests')).body.items).toEqual([]);
  });

  it('to a doctor who is missing, pending or banned is 404; to one who takes none 409; with another specialty 400', async () => {
    const [patient, pending, banned, full, admin] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ approved: false }),
      server.people.doctor(),
      server.people.doctor({ specialty: 'pathology' }),
      server.people.admin(),
    ]);
    await admin.api('POST', `/admin/users/${banned.id}/ban`, { reason: 'Test', durationMinutes: null });
    const ask = (doctorId: string, more = {}) =>
      patient.api('POST', '/requests', { doctorId, complaint: 'Pain', urgency: 'routine', ...more });
    for (const id of [pending.id, banned.id, patient.id]) expect((await ask(id)).status).toBe(404);
    expect((await ask(full.id, { specialty: 'surgery' })).body.errors[0].path).toBe('specialty');
    await full.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    expect((await ask(full.id)).body.code).toBe('doctor-not-accepting');
  });
});

describe('the boxes', () => {
  it('show incoming urgent first, then the oldest; over pages, each once, though new ones come', async () => {
    const [patient, doctor] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'oncology' }),
    ]);
    const routine = [await submit(patient, { specialty: 'oncology' }), await submit(patient, { doctorId: doctor.id })];
    const urgent = await submit(patient, { specialty: 'oncology' }, 'urgent');
    const emergency = await submit(patient, { doctorId: doctor.id }, 'emergency');
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await doctor.api(
        'GET',
        `/requests?box=incoming&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...body.items.map((item: { id: string }) => item.id));
      if (seen.length === 1) await submit(patient, { specialty: 'oncology' }, 'emergency');
      cursor = body.nextCursor;
    }
    const ids = [emergency, urgent, ...routine].map(({ id }) => id);
    expect(seen.filter((id) => ids.includes(id))).toEqual(ids);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('of a doctor hold nothing that was sent to another doctor or another specialty', async () => {
    const [patient, doctor, other] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'nephrology' }),
      server.people.doctor({ specialty: 'nephrology' }),
    ]);
    await submit(patient, { doctorId: other.id });
    await submit(patient, { specialty: 'dentistry' });
    const own = await submit(patient, { specialty: 'nephrology' });
    const { body } = await doctor.api('GET', '/requests?box=incoming');
    expect(body.items.map((item: { id: string }) => item.id)).toEqual([own.id]);
  });

  it('mine is the default of a doctor, and a status filters both', async () => {
    const [patient, doctor] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'rheumatology' }),
    ]);
    const taken = await submit(patient, { doctorId: doctor.id });
    await submit(patient, { doctorId: doctor.id });
    await doctor.api('POST', `/requests/${taken.id}/accept`);
    const mine = await doctor.api('GET', '/requests');
    expect(mine.body.items.map((item: { id: string }) => item.id)).toEqual([taken.id]);
    expect((await doctor.api('GET', '/requests?status=closed')).body.items).toEqual([]);
    expect((await patient.api('GET', '/requests?status=submitted')).body.items).toHaveLength(1);
    expect((await patient.api('GET', '/requests')).body.items).toHaveLength(2);
  });

  it('refuse a cursor of another list, and one that was made up', async () => {
    const doctor = await server.people.doctor();
    const foreign = Buffer.from('["2026-01-01T00:00:00.000Z"]').toString('base64url');
    for (const cursor of [foreign, 'x', Buffer.from('["a",1,2]').toString('base64url')]) {
      const { status, body } = await doctor.api('GET', `/requests?box=incoming&cursor=${cursor}`);
      expect([status, body.errors?.[0]?.path]).toEqual([400, 'cursor']);
    }
  });
});

describe('a request’s way', () => {
  it('release opens it to the specialty, whoever it was first sent to, and takes it from the doctor', async () => {
    const [patient, first, second] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'psychiatry' }),
      server.people.doctor({ specialty: 'psychiatry' }),
    ]);
    const { id } = await submit(patient, { doctorId: first.id });
    expect((await second.api('GET', `/requests/${id}`)).status).toBe(404);
    await first.api('POST', `/requests/${id}/accept`);
    const released = await first.api('POST', `/requests/${id}/release`, { reason: 'Away' });
    expect(released.body).toMatchObject({ status: 'submitted', doctor: null, acceptedAt: null });
    expect((await second.api('POST', `/requests/${id}/accept`)).status).toBe(200);
    expect((await first.api('GET', `/requests/${id}`)).status).toBe(404);
    const mail = await server.mailbox.waitFor(patient.email, 'waits for another doctor');
    expect(mail.text).not.toContain('Away');
  });

  it('a diagnosis is for the doctor who took it; further ones follow until it is closed', async () => {
    const [patient, doctor, other] = await Promise.all([
      server.people.patient(),
      server.people.doctor(),
      server.people.doctor(),
    ]);
    const { id } = await submit(patient, { doctorId: doctor.id });
    expect((await doctor.api('POST', `/requests/${id}/diagnoses`, diagnosis)).body.code).toBe('invalid-transition');
    expect((await doctor.api('POST', `/requests/${id}/close`)).body.code).toBe('invalid-transition');
    await doctor.api('POST', `/requests/${id}/accept`);
    expect((await other.api('POST', `/requests/${id}/diagnoses`, diagnosis)).status).toBe(404);
    const bad = await doctor.api('POST', `/requests/${id}/diagnoses`, { ...diagnosis, icd10: 'cough' });
    expect(bad.body.errors[0].path).toBe('icd10');
    const made = await doctor.api('POST', `/requests/${id}/diagnoses`, diagnosis);
    expect([made.status, made.body]).toMatchObject([201, { ...diagnosis, requestId: id, doctorId: doctor.id }]);
    await doctor.api('POST', `/requests/${id}/diagnoses`, { ...diagnosis, title: 'Second' });
    await doctor.api('POST', `/requests/${id}/close`);
    expect((await doctor.api('POST', `/requests/${id}/diagnoses`, diagnosis)).body.code).toBe('invalid-transition');
    const { body } = await patient.api('GET', `/requests/${id}`);
    expect(body.diagnoses.map(({ title }: { title: string }) => title)).toEqual(['Acute bronchitis', 'Second']);
    expect(body.diagnoses[0]).toEqual(made.body);
  });

  it('is rated once, after a diagnosis, by its patient, and the average shows', async () => {
    const [patient, stranger, doctor] = await Promise.all([
      server.people.patient(),
      server.people.patient(),
      server.people.doctor(),
    ]);
    const { id } = await submit(patient, { doctorId: doctor.id });
    const rate = (stars: unknown) => patient.api('POST', `/requests/${id}/rating`, { stars, comment: 'Kind' });
    expect((await rate(5)).body.code).toBe('not-diagnosed-yet');
    await doctor.api('POST', `/requests/${id}/accept`);
    expect((await rate(5)).body.code).toBe('not-diagnosed-yet');
    await doctor.api('POST', `/requests/${id}/diagnoses`, diagnosis);
    for (const stars of [0, 6, 4.5, '5', null]) expect((await rate(stars)).status).toBe(400);
    expect((await stranger.api('POST', `/requests/${id}/rating`, { stars: 1 })).status).toBe(404);
    const answers = await Promise.all(Array.from({ length: 20 }, () => rate(4)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'already-rated')).toHaveLength(19);
    const { body } = await server.api('GET', `/doctors/${doctor.id}`);
    expect(body.rating).toMatchObject({ average: 4, count: 1 });
    const { body: ratings } = await server.api('GET', `/doctors/${doctor.id}/ratings`);
    expect(ratings.items).toEqual([{ stars: 4, comment: 'Kind', createdAt: expect.any(String) }]);
  });

  it('of a banned doctor goes back, accepted or still waiting, with a notice to the patient', async () => {
    const [patient, doctor, colleague, admin] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'geriatrics' }),
      server.people.doctor({ specialty: 'geriatrics' }),
      server.people.admin(),
    ]);
    const accepted = await submit(patient, { doctorId: doctor.id });
    const waiting = await submit(patient, { doctorId: doctor.id });
    const diagnosed = await submit(patient, { doctorId: doctor.id });
    for (const { id } of [accepted, diagnosed]) await doctor.api('POST', `/requests/${id}/accept`);
    await doctor.api('POST', `/requests/${diagnosed.id}/diagnoses`, diagnosis);
    await admin.api('POST', `/admin/users/${doctor.id}/ban`, { reason: 'Test', durationMinutes: 5 });
    const { body } = await colleague.api('GET', '/requests?box=incoming');
    expect(body.items.map((item: { id: string }) => item.id)).toEqual([accepted.id, waiting.id]);
    expect((await patient.api('GET', `/requests/${diagnosed.id}`)).body).toMatchObject({
      status: 'diagnosed',
      doctor: { id: doctor.id },
    });
    await server.mailbox.waitFor(patient.email, 'waits for another doctor');
  });
});

describe('who may see', () => {
  it('a patient’s request is 404 to everybody else, equal to one that is not there, and the try is written down', async () => {
    const [patient, other, doctor, stranger, admin] = await Promise.all([
      server.people.patient(),
      server.people.patient(),
      server.people.doctor({ specialty: 'gynecology' }),
      server.people.doctor({ specialty: 'surgery' }),
      server.people.admin(),
    ]);
    const { id } = await submit(patient, { doctorId: doctor.id });
    for (const caller of [other, stranger]) {
      const hidden = await caller.api('GET', `/requests/${id}`);
      const missing = await caller.api('GET', `/requests/${caller.id}`);
      expect([hidden.status, withoutRequestId(hidden.body)]).toEqual([404, withoutRequestId(missing.body)]);
    }
    expect((await admin.api('GET', `/requests/${id}`)).body.code).toBe('forbidden');
    const { body } = await admin.api('GET', `/admin/audit?subjectId=${id}`);
    const denied = body.items.filter((item: { outcome: string }) => item.outcome === 'denied');
    expect(denied.map((item: { actorId: string }) => item.actorId).sort()).toEqual([other.id, stranger.id].sort());
  });

  it('a patient’s record opens to the doctors who treat or treated them, and to no others', async () => {
    const [patient, treating, declined] = await Promise.all([
      server.people.patient(),
      server.people.doctor(),
      server.people.doctor(),
    ]);
    await patient.api('PATCH', '/me', { patient: { birthDate: '1987-04-09', allergies: 'Penicillin' } });
    const own = await submit(patient, { doctorId: treating.id });
    const other = await submit(patient, { doctorId: declined.id });
    expect((await treating.api('GET', `/patients/${patient.id}`)).status).toBe(404);
    await treating.api('POST', `/requests/${own.id}/accept`);
    await treating.api('POST', `/requests/${own.id}/diagnoses`, diagnosis);
    await declined.api('POST', `/requests/${other.id}/decline`, { reason: 'Away' });
    const { body } = await treating.api('GET', `/patients/${patient.id}`);
    expect(body).toMatchObject({ id: patient.id, profile: { birthDate: '1987-04-09', allergies: 'Penicillin' } });
    expect(body.requests.map((item: { id: string }) => item.id)).toEqual([own.id]);
    expect(body.diagnoses).toMatchObject([diagnosis]);
    expect((await declined.api('GET', `/patients/${patient.id}`)).status).toBe(404);
    await treating.api('POST', `/requests/${own.id}/close`);
    expect((await treating.api('GET', `/patients/${patient.id}`)).status).toBe(200);
  });

  it('reasons and complaints reach neither mails nor audit', async () => {
    const [patient, doctor, admin] = await Promise.all([
      server.people.patient(),
      server.people.doctor(),
      server.people.admin(),
    ]);
    const { id } = await submit(patient, { doctorId: doctor.id }, 'urgent', 'zebrafish-complaint');
    await doctor.api('POST', `/requests/${id}/accept`);
    await doctor.api('POST', `/requests/${id}/release`, { reason: 'zebrafish-reason' });
    await eventually(
      'both notices',
      () => server.mailbox.mails.filter((mail) => mail.to === patient.email).length >= 2,
    );
    const { body } = await admin.api('GET', '/admin/audit?limit=100');
    expect(JSON.stringify(body) + JSON.stringify(server.mailbox.mails)).not.toContain('zebrafish');
  });
});
