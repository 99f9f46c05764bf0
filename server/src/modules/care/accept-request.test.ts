import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { codeOf, withoutRequestId } from '../../../test/http.ts';
import { inTwenties } from '../../../test/in-twenties.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

describe('accepting a request', () => {
  it('is won by exactly one of ten doctors, in a hundred races', async () => {
    const patient = await server.people.patient();
    const doctors = await Promise.all(
      Array.from({ length: 10 }, () => server.people.doctor({ specialty: 'neurology' })),
    );
    for (let trial = 0; trial < 100; trial += 1) {
      const { body: request } = await patient.api('POST', '/requests', {
        specialty: 'neurology',
        complaint: 'Headache',
        urgency: 'routine',
      });
      const answers = await Promise.all(doctors.map((doctor) => doctor.api('POST', `/requests/${request.id}/accept`)));
      const winners = answers.filter(({ status }) => status === 200);
      const losers = answers.filter(({ status, body }) => status === 409 && body.code === 'request-already-taken');
      expect([winners.length, losers.length]).toEqual([1, 9]);
      const { body: after } = await patient.api('GET', `/requests/${request.id}`);
      expect(after).toMatchObject({ status: 'accepted', doctor: { id: winners[0]?.body.doctor.id } });
    }
  });

  it('again by the one who has it is 200 and changes nothing', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const { body: request } = await patient.api('POST', '/requests', {
      doctorId: doctor.id,
      complaint: 'Cough',
      urgency: 'routine',
    });
    const first = await doctor.api('POST', `/requests/${request.id}/accept`);
    const again = await doctor.api('POST', `/requests/${request.id}/accept`);
    expect(again.status).toBe(200);
    expect({ ...again.body, roomId: null }).toEqual({ ...first.body, roomId: null });
  });

  it('looks like a missing request to whom it was never open', async () => {
    const [patient, asked, sameSpecialty, otherSpecialty] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'urology' }),
      server.people.doctor({ specialty: 'urology' }),
      server.people.doctor({ specialty: 'surgery' }),
    ]);
    const { body: request } = await patient.api('POST', '/requests', {
      doctorId: asked.id,
      complaint: 'Pain',
      urgency: 'urgent',
    });
    const missing = await sameSpecialty.api('POST', `/requests/${patient.id}/accept`);
    expect(missing.status).toBe(404);
    for (const stranger of [sameSpecialty, otherSpecialty]) {
      const before = await stranger.api('POST', `/requests/${request.id}/accept`);
      expect(withoutRequestId(before.body)).toEqual(withoutRequestId(missing.body));
    }
    await asked.api('POST', `/requests/${request.id}/accept`);
    const after = await sameSpecialty.api('POST', `/requests/${request.id}/accept`);
    expect(withoutRequestId(after.body)).toEqual(withoutRequestId(missing.body));
  });

  it('of a cancelled one is an invalid transition, and racing the cancel leaves one of the two, in a hundred races', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const winners = await inTwenties(Array(100).fill(doctor.id), (doctorId, index) => [
      (async () => {
        const body = { doctorId, complaint: 'Rash', urgency: 'routine' };
        const { id } = (await patient.api('POST', '/requests', body)).body;
        const accept = () => doctor.api('POST', `/requests/${id}/accept`);
        const cancel = () => patient.api('POST', `/requests/${id}/cancel`, {});
        const [first, second] = index % 2 === 0 ? [accept, cancel] : [cancel, accept];
        const answers = await Promise.all([first(), second()]);
        expect(answers.map(codeOf).toSorted()).toEqual([
          [200, undefined],
          [409, 'invalid-transition'],
        ]);
        const { status } = (await patient.api('GET', `/requests/${id}`)).body;
        expect(answers.find((answer) => answer.status === 200)?.body.status).toBe(status);
        return status;
      })(),
    ]);
    // Both orders came up, or the race was none.
    expect(new Set(winners)).toEqual(new Set(['accepted', 'cancelled']));
  });

  it('racing a ban leaves no accepted request with a banned doctor', async () => {
    const [patient, doctor, admin] = await Promise.all([
      server.people.patient(),
      server.people.doctor(),
      server.people.admin(),
    ]);
    const before = { accepted: 0, refused: 0 };
    for (let trial = 0; trial < 100; trial += 1) {
      const { body: request } = await patient.api('POST', '/requests', {
        doctorId: doctor.id,
        complaint: 'Cough',
        urgency: 'routine',
      });
      const { api } = await server.people.logIn(doctor);
      const [accepted] = await Promise.all([
        api('POST', `/requests/${request.id}/accept`),
        admin.api('POST', `/admin/users/${doctor.id}/ban`, { reason: 'Race', durationMinutes: null }),
      ]);
      expect([200, 403, 404]).toContain(accepted.status);
      before[accepted.status === 200 ? 'accepted' : 'refused'] += 1;
      const { body: after } = await patient.api('GET', `/requests/${request.id}`);
      expect(after).toMatchObject({ status: 'submitted', doctor: null });
      await admin.api('DELETE', `/admin/users/${doctor.id}/ban`);
      await patient.api('POST', `/requests/${request.id}/cancel`, {});
    }
    // Both orders came up, or the race was none.
    expect(before.accepted).toBeGreaterThan(0);
    expect(before.refused).toBeGreaterThan(0);
  });

  it('commits with its audit entry and its room', async () => {
    const [patient, doctor, admin] = await Promise.all([
      server.people.patient(),
      server.people.doctor(),
      server.people.admin(),
    ]);
    const { body: request } = await patient.api('POST', '/requests', {
      doctorId: doctor.id,
      complaint: 'Cough',
      urgency: 'routine',
    });
    await doctor.api('POST', `/requests/${request.id}/accept`);
    const { body: audit } = await admin.api('GET', `/admin/audit?subjectId=${request.id}&action=request.accepted`);
    expect(audit.items).toMatchObject([
      { actorId: doctor.id, actorRole: 'doctor', outcome: 'ok', subjectType: 'request' },
    ]);
  });
});
