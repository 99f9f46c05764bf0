import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodPassword, type Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** A diagnosed request with a room in which both have written. */
async function treat(patient: Person, doctor: Person): Promise<string> {
  const { body } = await patient.api('POST', '/requests', {
    doctorId: doctor.id,
    complaint: 'A cough',
    urgency: 'routine',
  });
  await doctor.api('POST', `/requests/${body.id}/accept`);
  await doctor.api('POST', `/requests/${body.id}/diagnoses`, {
    title: 'Bronchitis',
    description: 'Airways',
    recommendations: 'Rest',
  });
  await eventually('the room', async () => (await patient.api('GET', `/rooms/${body.id}`)).status === 200);
  await patient.api('POST', `/rooms/${body.id}/messages`, { clientId: 'p', text: 'From the patient' });
  await doctor.api('POST', `/rooms/${body.id}/messages`, { clientId: 'd', text: 'From the doctor' });
  return body.id;
}

describe('the export', () => {
  it('of a patient holds everything: profile, requests, diagnoses, messages, sessions, who looked', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const id = await treat(patient, doctor);
    await doctor.api('GET', `/patients/${patient.id}`);
    const { status, body, headers } = await patient.api('GET', '/me/export');
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body.account).toMatchObject({ id: patient.id, email: patient.email });
    expect(body.requests).toMatchObject([{ id, complaint: 'A cough', diagnoses: [{ title: 'Bronchitis' }] }]);
    expect(body.rooms[0].messages.map(({ text }: { text: string }) => text)).toEqual([
      'From the patient',
      'From the doctor',
    ]);
    expect(body.sessions).toHaveLength(1);
    expect(body.audit).toContainEqual(
      expect.objectContaining({ action: 'record.read', actorId: doctor.id, subjectId: patient.id }),
    );
  });

  it('of a doctor holds what the doctor did and wrote, not what patients said', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const id = await treat(patient, doctor);
    const { body } = await doctor.api('GET', '/me/export');
    expect(body.requests).toMatchObject([{ id, status: 'diagnosed' }]);
    expect(body.rooms[0].messages.map(({ text }: { text: string }) => text)).toEqual(['From the doctor']);
    expect(JSON.stringify(body)).not.toMatch(/A cough|From the patient/);
  });
});

describe('deleting one’s own account', () => {
  async function askToDelete(person: Person): Promise<string> {
    const asked = await person.api('POST', '/me/deletion', { password: goodPassword });
    expect([asked.status, asked.body]).toEqual([202, { status: 'check-your-email' }]);
    return server.mailbox.tokenIn(await server.mailbox.waitFor(person.email, 'delete your account'));
  }

  it('asks for the password and a mailed link; then sessions end, the address is free, the other’s room stays', async () => {
    const [patient, doctor, admin] = await Promise.all([
      server.people.patient(),
      server.people.doctor(),
      server.people.admin(),
    ]);
    const id = await treat(patient, doctor);
    const waiting = await patient.api('POST', '/requests', {
      specialty: 'surgery',
      complaint: 'Waits',
      urgency: 'routine',
    });
    expect((await patient.api('POST', '/me/deletion', { password: 'wrong' })).body.code).toBe('invalid-credentials');
    const token = await askToDelete(patient);
    expect((await patient.api('GET', '/me')).status).toBe(200);
    expect((await server.api('POST', '/me/deletion/confirm', { token })).status).toBe(204);
    expect((await patient.api('GET', '/me')).body.code).toBe('session-ended');
    expect((await admin.api('GET', `/admin/users/${patient.id}`)).body).toMatchObject({
      status: 'deleted',
      email: null,
      fullName: null,
    });
    const { body: room } = await doctor.api('GET', `/rooms/${id}/messages?after=0`);
    expect(room.items.map(({ text }: { text: string }) => text)).toEqual(['From the patient', 'From the doctor']);
    const surgeon = await server.people.doctor({ specialty: 'surgery' });
    const { body: box } = await surgeon.api('GET', '/requests?box=incoming');
    expect(box.items.map((item: { id: string }) => item.id)).not.toContain(waiting.body.id);
    expect((await server.api('POST', '/me/deletion/confirm', { token })).body.code).toBe('invalid-token');
  });

  it('of a doctor hands the accepted requests back', async () => {
    const [patient, doctor] = await Promise.all([
      server.people.patient(),
      server.people.doctor({ specialty: 'dentistry' }),
    ]);
    const { body: request } = await patient.api('POST', '/requests', {
      doctorId: doctor.id,
      complaint: 'Tooth',
      urgency: 'routine',
    });
    await doctor.api('POST', `/requests/${request.id}/accept`);
    await server.api('POST', '/me/deletion/confirm', { token: await askToDelete(doctor) });
    expect((await patient.api('GET', `/requests/${request.id}`)).body).toMatchObject({
      status: 'submitted',
      doctor: null,
    });
    expect((await server.api('GET', `/doctors/${doctor.id}`)).status).toBe(404);
  });

  it('is refused to the last admin', async () => {
    const alone = await startTestServer();
    try {
      const admin = await alone.people.admin();
      expect((await admin.api('POST', '/me/deletion', { password: goodPassword })).body.code).toBe('last-admin');
    } finally {
      await alone.stop();
    }
  });
});
