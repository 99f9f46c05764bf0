import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodPassword, type Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { createApi } from '../../../test/http.ts';
import { acceptAs, openRoom, release, TestSocket } from '../chat/test-support.ts';

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

  it('says who looked and what an admin did, and not from where; from where the own account was used it says', async () => {
    const { people, ctx } = server;
    const [patient, doctor, admin] = await Promise.all([people.patient(), people.doctor(), people.admin()]);
    const at = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });
    await treat(patient, doctor);
    await doctor.api('GET', `/patients/${patient.id}`, undefined, at('203.0.113.77'));
    await ctx.db.execute(sql`UPDATE accounts SET mfa_enabled_at = now() WHERE id = ${patient.id}`);
    const reset = { reason: 'Lost the phone' };
    await admin.api('POST', `/admin/users/${patient.id}/mfa/reset`, reset, at('203.0.113.78'));
    const again = await people.logIn(patient);
    const { body } = await again.api('GET', '/me/export', undefined, at('203.0.113.79'));
    const unsaid = { ip: null, requestId: null };
    expect(body.audit).toContainEqual(
      expect.objectContaining({ action: 'record.read', actorId: doctor.id, subjectId: patient.id, ...unsaid }),
    );
    expect(body.audit).toContainEqual(
      expect.objectContaining({ action: 'account.mfa-reset', actorId: admin.id, ...unsaid }),
    );
    expect(body.securityEvents).toContainEqual(expect.objectContaining({ kind: 'mfa-reset', ...unsaid }));
    expect(body.audit).toContainEqual(expect.objectContaining({ action: 'account.exported', ip: '203.0.113.79' }));
    expect(JSON.stringify(body)).not.toMatch(/203\.0\.113\.7[78]/);
  });
});

describe('the export of everything', () => {
  it('of a patient with 5,000 messages in a room holds each once, in order', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    await server.ctx.chatDb.execute(sql`INSERT INTO messages (room_id, seq, id, sender_id, client_id, text)
      SELECT ${roomId}, n, gen_random_uuid(), CASE WHEN n % 2 = 0 THEN ${patient.id}::uuid ELSE ${doctor.id}::uuid END, 'c' || n, 'Message ' || n
      FROM generate_series(1, 5000) AS n`);
    await server.ctx.chatDb.execute(sql`UPDATE rooms SET last_seq = 5000 WHERE room_id = ${roomId}`);
    const { status, body } = await patient.api('GET', '/me/export');
    expect(status).toBe(200);
    expect(body.rooms).toHaveLength(1);
    const texts = body.rooms[0].messages.map(({ seq, text }: { seq: number; text: string }) => `${seq} ${text}`);
    expect(texts).toEqual(Array.from({ length: 5000 }, (_, index) => `${index + 1} Message ${index + 1}`));
    const ofDoctor = (await doctor.api('GET', '/me/export')).body.rooms[0].messages;
    expect(ofDoctor).toHaveLength(2500);
    expect(ofDoctor.every(({ senderId }: { senderId: string }) => senderId === doctor.id)).toBe(true);
  });

  it('of a doctor holds what they wrote in rooms that they left, and nothing written there by others or later', async () => {
    const pair = await openRoom(server);
    const { roomId, patient, doctor } = pair;
    await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'p', text: 'From the patient' });
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'd', text: 'I hand you over' });
    await release(pair);
    await acceptAs(await server.people.doctor(), roomId);
    const { rooms } = (await doctor.api('GET', '/me/export')).body;
    expect(rooms).toMatchObject([{ id: roomId, leftAt: expect.any(String), messages: [{ text: 'I hand you over' }] }]);
    expect(JSON.stringify(rooms)).not.toContain('From the patient');
    expect((await doctor.api('GET', '/rooms')).body.items).toEqual([]);
    const socket = await TestSocket.as(server, doctor);
    expect(socket.frames[0]).toMatchObject({ type: 'ready', rooms: [] });
    socket.drop();
  });

  it('holds sessions that ended, devices, links, bans, ratings, reasons and what looked like an attack', async () => {
    const [patient, admin] = [await server.people.patient(), await server.people.admin()];
    const request = { specialty: 'surgery', complaint: 'Mine', urgency: 'routine' };
    const { id } = (await patient.api('POST', '/requests', request)).body;
    await patient.api('POST', `/requests/${id}/cancel`, { reason: 'It went away' });
    const treatedId = await treat(patient, await server.people.doctor());
    await patient.api('POST', `/requests/${treatedId}/rating`, { stars: 4, comment: 'Kind' });
    const credentials = { email: patient.email, password: patient.password };
    await server.api('POST', '/auth/tokens', { ...credentials, password: 'wrong' });
    await server.api('POST', '/auth/forgot-password', { email: patient.email });
    await server.mailbox.waitFor(patient.email, 'Choose a new password');
    await admin.api('POST', `/admin/users/${patient.id}/ban`, { reason: 'Shouted', durationMinutes: 5 });
    await admin.api('DELETE', `/admin/users/${patient.id}/ban`);
    const headers = { 'user-agent': 'curl/8.1' };
    const { accessToken } = (await server.api('POST', '/auth/tokens', credentials, { headers })).body;
    const asNow = createApi(server.url, { authorization: `Bearer ${accessToken}` });
    const { body } = await asNow('GET', '/me/export');
    expect(body).toMatchObject({
      sessions: [{ endedBecause: 'banned' }, { device: 'curl', endedAt: null }],
      devices: [{ device: 'curl', network: '127.0.0.0/24' }],
      links: [{ purpose: 'reset-password', email: patient.email }],
      bans: [{ reason: 'Shouted' }],
      requests: [{ id, events: [{ kind: 'cancelled', reason: 'It went away' }] }, { id: treatedId }],
      ratings: [{ stars: 4, comment: 'Kind' }],
    });
    const kinds = body.securityEvents.map(({ kind }: { kind: string }) => kind);
    expect(kinds).toContain('login-failed');
    const entries: { id: string; at: string; action: string }[] = body.audit;
    for (const action of ['account.banned', 'request.submitted', 'session.started', 'account.exported'])
      expect(entries.map((entry) => entry.action)).toContain(action);
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).sort());
    expect(JSON.stringify(body)).not.toMatch(/passwordHash|sealedSecret|\$2[aby]\$/);
  });
});

describe('deleting one’s own account', () => {
  async function askToDelete(person: Person): Promise<string> {
    const asked = await person.api('POST', '/me/deletion', { password: goodPassword });
    expect([asked.status, asked.body]).toMatchObject([202, { status: 'check-your-email' }]);
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
    const confirmed = await server.api('POST', '/me/deletion/confirm', { token });
    expect([confirmed.status, confirmed.headers.get('clear-site-data')]).toEqual([
      204,
      '"cache", "cookies", "storage"',
    ]);
    expect(confirmed.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual([
      '__Host-openward-access',
      '__Secure-openward-refresh',
      '__Secure-openward-device',
    ]);
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
