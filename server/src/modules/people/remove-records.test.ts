import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, jobsAreDone, rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { withoutRequestId } from '../../../test/http.ts';
import { removeMessages } from '../chat/remove-messages.ts';
import { historyOf, openRoom, submitTo, TestSocket } from '../chat/test-support.ts';
import { removeDueRecords } from './remove-records.ts';

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

const diagnosis = { title: 'Sprain', description: 'A sprained knee.', recommendations: 'Rest.' };

/** A patient with a profile, a diagnosed and rated request, and a room in which both have written. */
async function treated(): Promise<{ roomId: string; patient: Person; doctor: Person }> {
  const pair = await openRoom(server);
  const { roomId, patient, doctor } = pair;
  const profile = { birthDate: '1990-01-02', sex: 'female', phone: '+351 912', allergies: 'Penicillin' };
  await patient.api('PATCH', '/me', { patient: profile });
  await doctor.api('POST', `/requests/${roomId}/diagnoses`, diagnosis);
  await patient.api('POST', `/requests/${roomId}/rating`, { stars: 5, comment: 'Mended my knee' });
  await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'p', text: 'It hurts' });
  await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'd', text: 'Rest it' });
  return pair;
}

async function deleteAccount({ id }: Person): Promise<void> {
  expect((await admin.api('DELETE', `/admin/users/${id}`, { reason: 'Asked by phone' })).status).toBe(204);
}

/** As if the account had been deleted so long ago. */
async function yearsGoBy({ id }: Person, span: string): Promise<void> {
  await server.ctx.db.execute(
    sql`UPDATE accounts SET deleted_at = now() - ${span}::interval, created_at = now() - interval '30 years' WHERE id = ${id}`,
  );
}

const count = (query: SQL) => countOf(server.ctx, query);

describe('a deleted patient’s record', () => {
  it('is locked: the doctor who treated sees it as before, without the name', async () => {
    const { roomId, patient, doctor } = await treated();
    await deleteAccount(patient);
    const request = (await doctor.api('GET', `/requests/${roomId}`)).body;
    expect(request).toMatchObject({
      patient: { id: patient.id, fullName: 'Deleted account' },
      complaint: 'A pain in the knee since Monday.',
      diagnoses: [{ title: 'Sprain' }],
    });
    const mine = (await doctor.api('GET', '/requests')).body.items;
    expect(mine.map(({ id }: { id: string }) => id)).toEqual([roomId]);
    expect((await doctor.api('GET', `/patients/${patient.id}`)).body).toMatchObject({
      fullName: 'Deleted account',
      profile: { birthDate: '1990-01-02', sex: 'female', phone: null, allergies: 'Penicillin' },
    });
    expect((await historyOf(doctor, roomId)).map(({ text }) => text)).toEqual(['It hurts', 'Rest it']);
  });

  it('shows nothing to an admin, to another doctor or on a public page', async () => {
    const { roomId, patient, doctor } = await treated();
    await deleteAccount(patient);
    expect((await admin.api('GET', `/admin/users/${patient.id}`)).body).toMatchObject({
      status: 'deleted',
      email: null,
      patient: { birthDate: null, sex: null, phone: null },
    });
    expect((await admin.api('GET', `/users/${patient.id}`)).body.patient).toMatchObject({ birthDate: null, sex: null });
    const other = await server.people.doctor();
    for (const path of [`/requests/${roomId}`, `/patients/${patient.id}`, `/users/${patient.id}`, `/rooms/${roomId}`])
      expect((await other.api('GET', path)).status, path).toBe(404);
    const { items } = (await server.api('GET', `/doctors/${doctor.id}/ratings`)).body;
    expect(items).toMatchObject([{ stars: 5, comment: null }]);
  });

  it('is erased of what is personal at once: links, sessions’ addresses, devices, kept answers', async () => {
    const { patient } = await treated();
    const headers = { 'x-forwarded-for': '198.51.100.7', 'idempotency-key': 'k1' };
    await server.api('POST', '/auth/tokens', { email: patient.email, password: patient.password }, { headers });
    await patient.api(
      'POST',
      '/requests',
      { specialty: 'surgery', complaint: 'Secret', urgency: 'routine' },
      { headers },
    );
    await server.api('POST', '/auth/forgot-password', { email: patient.email });
    await server.mailbox.waitFor(patient.email, 'Choose a new password');
    await deleteAccount(patient);
    for (const table of ['email_links', 'known_devices', 'idempotency_keys', 'totp_factors'])
      expect(
        await count(sql`SELECT count(*) AS n FROM ${sql.identifier(table)} WHERE account_id = ${patient.id}`),
        table,
      ).toBe(0);
    const traces = sql`SELECT count(*) AS n FROM sessions WHERE account_id = ${patient.id} AND (ip IS NOT NULL OR user_agent IS NOT NULL OR ended_at IS NULL)`;
    expect(await count(traces)).toBe(0);
  });

  it('is nobody’s who only had it addressed to them: a declined or waiting request is a 404', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const [declined, waiting] = [await submitTo(patient, doctor), await submitTo(patient, doctor)];
    await doctor.api('POST', `/requests/${declined}/decline`, { reason: 'Away' });
    expect((await doctor.api('GET', `/requests/${declined}`)).status).toBe(200);
    await deleteAccount(patient);
    for (const id of [declined, waiting]) {
      expect((await doctor.api('GET', `/requests/${id}`)).status).toBe(404);
      expect((await doctor.api('POST', `/requests/${id}/accept`)).status).toBe(404);
    }
    expect((await doctor.api('GET', '/requests')).body.items).toEqual([]);
  });

  it('that is handed back ends, and is offered to no other doctor', async () => {
    const released = await openRoom(server);
    const banned = await openRoom(server);
    for (const { patient } of [released, banned]) await deleteAccount(patient);
    const reason = 'Away from tomorrow on';
    const answer = await released.doctor.api('POST', `/requests/${released.roomId}/release`, { reason });
    expect(answer.body).toMatchObject({ status: 'cancelled' });
    await admin.api('POST', `/admin/users/${banned.doctor.id}/ban`, { reason, durationMinutes: null });
    const ended = sql`SELECT status FROM care_requests WHERE id IN (${released.roomId}, ${banned.roomId})`;
    expect(await rowsOf(server.ctx, ended)).toEqual(Array(2).fill({ status: 'cancelled' }));
    const other = await server.people.doctor();
    const box = (await other.api('GET', '/requests?box=incoming&limit=100')).body.items;
    for (const { roomId } of [released, banned]) {
      expect(box.map(({ id }: { id: string }) => id)).not.toContain(roomId);
      expect((await other.api('POST', `/requests/${roomId}/accept`)).status).toBe(404);
    }
  });

  it('ends the open socket within 2 s', async () => {
    const { patient } = await openRoom(server);
    const socket = await TestSocket.as(server, patient);
    const startedAt = performance.now();
    await deleteAccount(patient);
    expect((await socket.closed).code).toBe(4403);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('that never was, since nobody was asked for care, leaves nothing behind', async () => {
    const patient = await server.people.patient();
    await patient.api('PATCH', '/me', { patient: { allergies: 'Nuts', birthDate: '1990-01-02' } });
    await deleteAccount(patient);
    const [row] = await rowsOf(
      server.ctx,
      sql`SELECT birth_date, allergies FROM patients WHERE account_id = ${patient.id}`,
    );
    expect(row).toEqual({ birth_date: null, allergies: null });
  });
});

describe('a deleted doctor', () => {
  it('leaves patients their room, diagnosis and rating', async () => {
    const { roomId, patient, doctor } = await treated();
    await deleteAccount(doctor);
    expect((await patient.api('GET', `/requests/${roomId}`)).body).toMatchObject({
      doctor: { id: doctor.id, fullName: 'Deleted account' },
      diagnoses: [{ title: 'Sprain', doctorId: doctor.id }],
      rating: { stars: 5, comment: 'Mended my knee' },
    });
    expect((await historyOf(patient, roomId)).map(({ text }) => text)).toEqual(['It hurts', 'Rest it']);
    await yearsGoBy(doctor, '11 years');
    await removeDueRecords(server.ctx);
    await jobsAreDone(server.ctx);
    expect((await historyOf(patient, roomId)).map(({ text }) => text)).toEqual(['It hurts', 'Rest it']);
  });
});

describe('the removal', () => {
  it('is scheduled for each night', async () => {
    const schedules = await rowsOf(
      server.ctx,
      sql`SELECT cron, timezone FROM jobs.schedule WHERE name = 'people.remove-records'`,
    );
    expect(schedules).toEqual([{ cron: '40 2 * * *', timezone: 'UTC' }]);
  });

  it('waits for RETENTION_YEARS, to the minute', async () => {
    const { roomId, patient, doctor } = await treated();
    await deleteAccount(patient);
    await yearsGoBy(patient, '10 years -1 minute');
    expect(await removeDueRecords(server.ctx)).toBe(0);
    expect((await doctor.api('GET', `/requests/${roomId}`)).status).toBe(200);
    await yearsGoBy(patient, '10 years 1 minute');
    expect(await removeDueRecords(server.ctx)).toBe(1);
  });

  it('takes all health text in both databases; the room stays to the doctor, closed, its seqs dense', async () => {
    const { roomId, patient, doctor } = await treated();
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'd2', text: 'I take this back' });
    await doctor.api('DELETE', `/rooms/${roomId}/messages/3`);
    await deleteAccount(patient);
    await yearsGoBy(patient, '11 years');
    await removeDueRecords(server.ctx);
    await jobsAreDone(server.ctx);
    const [request] = await rowsOf(
      server.ctx,
      sql`SELECT complaint, (SELECT count(*) FROM diagnoses WHERE request_id = ${roomId})::int AS diagnoses,
        (SELECT count(*) FROM care_request_events WHERE request_id = ${roomId} AND reason IS NOT NULL)::int AS reasons,
        (SELECT (birth_date, sex, phone, allergies) IS NULL FROM patients WHERE account_id = ${patient.id}) AS profile_gone
        FROM care_requests WHERE id = ${roomId}`,
    );
    expect(request).toEqual({ complaint: '', diagnoses: 0, reasons: 0, profile_gone: true });
    const history = await historyOf(doctor, roomId);
    expect(history.map(({ seq, text, retractedAt }) => [seq, text, retractedAt === null])).toEqual([
      [1, null, false],
      [2, null, false],
      [3, null, false],
    ]);
    expect((await doctor.api('GET', `/rooms/${roomId}`)).body).toMatchObject({ status: 'closed', lastSeq: 3 });
    const late = await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'late', text: 'And?' });
    expect(late.body.code).toBe('room-closed');
    const gone = await doctor.api('GET', `/requests/${roomId}`);
    const missing = await doctor.api('GET', `/requests/${patient.id}`);
    expect([gone.status, withoutRequestId(gone.body)]).toEqual([404, withoutRequestId(missing.body)]);
    expect((await doctor.api('GET', `/patients/${patient.id}`)).status).toBe(404);
    expect((await doctor.api('POST', `/requests/${roomId}/diagnoses`, diagnosis)).status).toBe(404);
    expect((await server.api('GET', `/doctors/${doctor.id}`)).body.rating).toMatchObject({ count: 1, average: 5 });
  });

  it('is written down once for a record and once for a room, by nobody, however many workers and runs', async () => {
    const pairs = await Promise.all([treated(), treated(), treated()]);
    for (const { patient } of pairs) {
      await deleteAccount(patient);
      await yearsGoBy(patient, '11 years');
    }
    const runs = await Promise.all(Array.from({ length: 4 }, () => removeDueRecords(server.ctx)));
    expect(runs.reduce((sum, removed) => sum + removed, 0)).toBe(3);
    await jobsAreDone(server.ctx);
    expect(await removeDueRecords(server.ctx)).toBe(0);
    for (const { patient, roomId } of pairs) {
      expect(await removeMessages(server.ctx, { accountId: patient.id })).toBe(0);
      const entries = await rowsOf(
        server.ctx,
        sql`SELECT action, actor_id, subject_id, details FROM audit_log WHERE owner_id = ${patient.id} AND action LIKE '%.removed' ORDER BY action`,
      );
      expect(entries).toEqual([
        { action: 'messages.removed', actor_id: null, subject_id: roomId, details: { count: 2 } },
        { action: 'record.removed', actor_id: null, subject_id: patient.id, details: { requests: 1, diagnoses: 1 } },
      ]);
    }
  });

  it('that breaks off in the middle is finished by the next run, and one bad record does not hold up the others', async () => {
    const [bad, good] = [await treated(), await treated()];
    for (const { patient } of [bad, good]) {
      await deleteAccount(patient);
      await yearsGoBy(patient, '11 years');
    }
    await server.ctx.db.execute(
      sql`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$`,
    );
    await server.ctx.db.execute(
      sql.raw(
        `CREATE TRIGGER refuse BEFORE DELETE ON diagnoses FOR EACH ROW WHEN (OLD.request_id = '${bad.roomId}') EXECUTE FUNCTION refuse()`,
      ),
    );
    await expect(removeDueRecords(server.ctx)).rejects.toThrow('1 health records');
    expect((await good.doctor.api('GET', `/requests/${good.roomId}`)).status).toBe(404);
    expect((await bad.doctor.api('GET', `/requests/${bad.roomId}`)).body.complaint).not.toBe('');
    await server.ctx.db.execute(sql`DROP TRIGGER refuse ON diagnoses`);
    expect(await removeDueRecords(server.ctx)).toBe(1);
  });

  it('with RETENTION_YEARS 0 comes at the next run, and never touches the living', async () => {
    const [gone, living] = [await treated(), await treated()];
    await deleteAccount(gone.patient);
    await server.ctx.db.execute(
      sql`UPDATE accounts SET created_at = now() - interval '30 years' WHERE id = ${living.patient.id}`,
    );
    const config = { ...server.config, retentionYears: 0 };
    const { ctx } = await server.addNode({ roles: ['api'], overrides: { config } });
    expect(await removeDueRecords(ctx)).toBeGreaterThan(0);
    expect((await gone.doctor.api('GET', `/requests/${gone.roomId}`)).status).toBe(404);
    expect((await living.doctor.api('GET', `/requests/${living.roomId}`)).body.diagnoses).toHaveLength(1);
  });
});

describe('the last fence', () => {
  it('lets no complaint be changed but by its removal, and no lock be opened', async () => {
    const { roomId, patient } = await treated();
    const refused = (set: SQL) =>
      expect(server.ctx.db.execute(sql`UPDATE care_requests SET ${set} WHERE id = ${roomId}`)).rejects.toThrow();
    await refused(sql`complaint = 'Other'`);
    await refused(sql`complaint = '', removed_at = now()`);
    await deleteAccount(patient);
    await refused(sql`locked_at = NULL`);
    await refused(sql`complaint = 'Other', removed_at = now()`);
  });
});
