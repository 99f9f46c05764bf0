import { createClient, type Openward } from '@openward/client';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodPassword } from './factories.ts';
import { eventually, startTestServer, type TestServer } from './harness.ts';

/**
 * The whole way of a request, as people go it: over real HTTP, sockets and mail, by the client. One story in steps; each
 * step is a promise that somebody relies on.
 */
describe('the journey', () => {
  let server: TestServer;
  let patient: Openward;
  let doctors: Openward[];
  let doctor: Openward;
  let admin: Openward;
  let requestId: string;
  let doctorId: string;

  beforeAll(async () => {
    server = await startTestServer();
    admin = createClient({ baseUrl: server.url, tokens: await server.people.admin() });
  });
  afterAll(() => server.stop());

  const complaint = 'A dry cough for two weeks, worse at night.';

  async function register(email: string, fullName: string, profile: object): Promise<Openward> {
    const client = createClient({ baseUrl: server.url });
    await client.register({ email, fullName, password: goodPassword, ...profile } as never);
    const mail = await server.mailbox.waitFor(email, 'Confirm your address');
    await expect(client.login({ email, password: goodPassword })).rejects.toMatchObject({ code: 'email-not-verified' });
    await client.verifyEmail({ token: server.mailbox.tokenIn(mail) });
    await client.login({ email, password: goodPassword });
    return client;
  }

  it('begins with a registration, a mail, a verified address and a login', async () => {
    patient = await register('ana@example.org', 'Ana Silva', {
      role: 'patient',
      address: { country: 'Portugal', city: 'Porto' },
    });
    expect(await patient.getMe()).toMatchObject({
      fullName: 'Ana Silva',
      role: 'patient',
      status: 'active',
      emailVerified: true,
    });
  });

  it('ten doctors register, wait for approval, and are listed once an admin approves', async () => {
    doctors = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        register(`doctor${n}@example.org`, `Doctor Number ${n}`, {
          role: 'doctor',
          specialty: 'pulmonology',
          licenseNumber: `P-${n}`,
        }),
      ),
    );
    expect((await patient.listDoctors({ specialty: 'pulmonology' })).items).toEqual([]);
    for (const client of doctors) {
      await expect(client.listRequests({ box: 'incoming' })).rejects.toMatchObject({ code: 'doctor-not-approved' });
      await admin.approveDoctor({ id: (await client.getMe()).id });
      expect((await client.listRequests({ box: 'incoming' })).items).toEqual([]);
    }
    const listed = await patient.listDoctors({ specialty: 'pulmonology', sort: 'rating' });
    expect(listed.items).toHaveLength(10);
  });

  it('the patient asks a specialty; all ten see it; they race to take it and exactly one wins', async () => {
    const request = await patient.submitRequest({ specialty: 'pulmonology', complaint, urgency: 'urgent' });
    requestId = request.id;
    for (const client of doctors)
      expect((await client.listRequests({ box: 'incoming' })).items).toMatchObject([{ id: requestId, complaint }]);
    const results = await Promise.allSettled(doctors.map((client) => client.acceptRequest({ id: requestId })));
    const won = results.flatMap((result, n) => (result.status === 'fulfilled' ? [n] : []));
    expect(won).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'request-already-taken' });
    }
    const winner = doctors[won[0] ?? 0];
    if (winner === undefined) throw new Error('Nobody won.');
    doctor = winner;
    doctorId = (await doctor.getMe()).id;
    expect((await patient.getRequest({ id: requestId })).doctor?.id).toBe(doctorId);
  });

  it('their room opens within two seconds', async () => {
    const { roomId } = await eventually(
      'the room of the request',
      async () => {
        const request = await patient.getRequest({ id: requestId });
        return request.roomId === null ? null : request;
      },
      2000,
    );
    expect(roomId).toBe(requestId);
    expect(await doctor.getRoom({ id: requestId })).toMatchObject({ status: 'open', lastSeq: 0, unread: 0 });
  });

  it('both chat; numbers are dense; a dropped socket resumes without loss or double', async () => {
    using hers = patient.connectChat();
    using his = doctor.connectChat();
    await Promise.all([hers.opened(), his.opened()]);
    const heard: number[] = [];
    his.on('message', (message) => void heard.push(message.seq));
    for (let n = 1; n <= 5; n += 1) {
      await hers.send(requestId, `Message ${n} of hers`);
      await his.send(requestId, `Message ${n} of his`);
    }
    await eventually('ten messages', () => heard.length >= 10);
    const cursor = his.cursor(requestId);
    his.close();
    for (let n = 1; n <= 5; n += 1) await hers.send(requestId, `While he was away ${n}`);
    using again = doctor.connectChat({ cursors: { [requestId]: cursor ?? 0 } });
    again.on('message', (message) => void heard.push(message.seq));
    await again.opened();
    await again.send(requestId, 'I am back');
    await eventually('what he missed', () => heard.includes(16));
    expect(heard).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
    const { items, headSeq } = await patient.listMessages({ id: requestId, after: 0, limit: 100 });
    expect([headSeq, items.map(({ seq }) => seq)]).toEqual([16, heard]);
  });

  it('shows the room to nobody else', async () => {
    const stranger = doctors.find((client) => client !== doctor);
    await expect(stranger?.getRoom({ id: requestId })).rejects.toMatchObject({ code: 'not-found' });
    await expect(stranger?.listMessages({ id: requestId })).rejects.toMatchObject({ code: 'not-found' });
    await expect(admin.getRoom({ id: requestId })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('the doctor diagnoses, the patient rates, the average shows', async () => {
    await doctor.addDiagnosis({
      id: requestId,
      title: 'Acute bronchitis',
      icd10: 'J20.9',
      description: 'Inflamed airways',
      recommendations: 'Rest',
    });
    expect((await patient.getRequest({ id: requestId })).diagnoses).toMatchObject([
      { title: 'Acute bronchitis', icd10: 'J20.9' },
    ]);
    await patient.rateRequest({ id: requestId, stars: 5, comment: 'Listened well' });
    await expect(patient.rateRequest({ id: requestId, stars: 4 })).rejects.toMatchObject({ code: 'already-rated' });
    expect((await patient.getDoctor({ id: doctorId })).rating).toMatchObject({ average: 5, count: 1 });
    const [first] = (await patient.listDoctors({ specialty: 'pulmonology', sort: 'rating' })).items;
    expect(first?.id).toBe(doctorId);
  });

  it('closing makes the room read-only', async () => {
    await doctor.closeRequest({ id: requestId });
    await eventually('the closed room', async () => (await patient.getRoom({ id: requestId })).status === 'closed');
    await expect(
      patient.sendMessage({ id: requestId, clientId: 'late', text: 'One more thing' }),
    ).rejects.toMatchObject({ code: 'room-closed' });
    expect((await patient.listMessages({ id: requestId, after: 0, limit: 100 })).headSeq).toBe(16);
  });

  it('an admin bans the doctor for a minute: calls refused, socket closed, requests handed back, and it ends by itself', async () => {
    const second = await patient.submitRequest({ doctorId, complaint, urgency: 'routine' });
    await doctor.acceptRequest({ id: second.id });
    await eventually('the second room', async () => (await patient.getRequest({ id: second.id })).roomId);
    const authorization = `Bearer ${doctor.tokens?.accessToken}`;
    const chat = doctor.connectChat();
    await chat.opened();
    const closed = chat.next('state', ({ state }) => state === 'closed', AbortSignal.timeout(2000));
    await admin.banUser({ id: doctorId, reason: 'Did not show up', durationMinutes: 1 });
    await closed;
    const refused = await server.api('GET', '/me', undefined, { headers: { authorization } });
    expect([refused.status, refused.body]).toMatchObject([403, { code: 'account-banned', reason: 'Did not show up' }]);
    expect(await patient.getRequest({ id: second.id })).toMatchObject({ status: 'submitted', doctor: null });
    await eventually('the room without the doctor', async () => {
      const room = await patient.getRoom({ id: second.id });
      return room.status === 'closed' && room.members.length === 1;
    });
    await server.mailbox.waitFor('ana@example.org', 'waits for another doctor');

    // The minute passes: in the database, whose clock decides.
    await server.ctx.db.execute(
      sql`UPDATE bans SET starts_at = starts_at - interval '1 minute', until = now() WHERE account_id = ${doctorId}`,
    );
    const email = `doctor${doctors.indexOf(doctor)}@example.org`;
    await doctor.login({ email, password: goodPassword });
    expect((await doctor.getMe()).status).toBe('active');
  });

  it('all of it is in the audit, and no health text with it', async () => {
    const { items } = await admin.listAudit({ subjectId: requestId, limit: 100 });
    const actions = items.map(({ action }) => action);
    for (const action of [
      'request.submitted',
      'request.accepted',
      'record.read',
      'request.diagnosed',
      'request.rated',
      'request.closed',
    ]) {
      expect(actions).toContain(action);
    }
    const everything = await admin.listAudit({ limit: 100 });
    const mails = server.mailbox.mails.map(({ raw }) => raw).join();
    for (const text of [complaint, 'Acute bronchitis', 'Message 1 of hers', 'Listened well']) {
      expect(JSON.stringify(everything)).not.toContain(text);
      expect(mails).not.toContain(text);
    }
  });
});
