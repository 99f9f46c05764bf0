import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import type { Answer } from '../../../test/http.ts';
import { liftDueBans } from '../identity/accounts/bans.ts';

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

const reason = 'Insulted a patient';

function ban(person: Person, durationMinutes: number | null = 60, by = admin): Promise<Answer> {
  return by.api('POST', `/admin/users/${person.id}/ban`, { reason, durationMinutes });
}

function unban(person: Person): Promise<Answer> {
  return admin.api('DELETE', `/admin/users/${person.id}/ban`);
}

/** As if the ban's time were over at this moment. */
async function timeIsOver(person: Person): Promise<void> {
  await server.ctx.db.execute(
    sql`UPDATE bans SET starts_at = starts_at - interval '1 hour', until = now() WHERE account_id = ${person.id} AND lifted_at IS NULL`,
  );
}

function audited(action: string, person: Person): Promise<Record<string, unknown>[]> {
  return rowsOf(
    server.ctx,
    sql`SELECT actor_id, actor_role, outcome FROM audit_log WHERE action = ${action} AND subject_id = ${person.id}`,
  );
}

describe('a ban', () => {
  it('says who, why and until when, ends the sessions, and tells the person', async () => {
    const person = await server.people.patient();
    const { status, body } = await ban(person);
    expect(status).toBe(201);
    expect(body).toMatchObject({ reason, bannedBy: admin.id, liftedAt: null, liftedBy: null });
    expect(Date.parse(body.until) - Date.parse(body.startsAt)).toBe(3_600_000);
    expect((await person.api('GET', '/me')).body.code).toBe('account-banned');
    expect((await admin.api('GET', `/admin/users/${person.id}`)).body).toMatchObject({
      status: 'banned',
      sessions: [],
    });
    await server.mailbox.waitFor(person.email, 'banned');
    expect(await audited('account.banned', person)).toEqual([
      { actor_id: admin.id, actor_role: 'admin', outcome: 'ok' },
    ]);
  });

  it('with null is for good', async () => {
    expect((await ban(await server.people.patient(), null)).body.until).toBeNull();
  });

  it.each([0, -1, 1.5, 5_256_001, '5', undefined])(
    'for %s minutes is a 400 that names the field, and bans nobody',
    async (minutes) => {
      const person = await server.people.patient();
      const { status, body } = await admin.api('POST', `/admin/users/${person.id}/ban`, {
        reason,
        durationMinutes: minutes,
      });
      expect([status, body.errors[0].path]).toEqual([400, 'durationMinutes']);
      expect((await person.api('GET', '/me')).status).toBe(200);
    },
  );

  it('of ten bans of one person at once one wins, the others are already-banned', async () => {
    const person = await server.people.patient();
    const answers = await Promise.all(Array.from({ length: 10 }, () => ban(person)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body.code === 'already-banned')).toHaveLength(9);
    expect(await countOf(server.ctx, sql`SELECT count(*) AS n FROM bans WHERE account_id = ${person.id}`)).toBe(1);
  });

  it('that is lifted lets the person log in anew, and the old token stays ended', async () => {
    const person = await server.people.patient();
    await ban(person);
    expect((await unban(person)).status).toBe(204);
    expect((await person.api('GET', '/me')).body.code).toBe('session-ended');
    expect((await server.api('POST', '/auth/tokens', { email: person.email, password: person.password })).status).toBe(
      200,
    );
    expect((await unban(person)).body.code).toBe('not-banned');
    expect(await audited('account.unbanned', person)).toEqual([
      { actor_id: admin.id, actor_role: 'admin', outcome: 'ok' },
    ]);
  });

  it('ends by itself when its time is over, even before a worker has looked', async () => {
    const person = await server.people.patient();
    await ban(person, 1);
    await timeIsOver(person);
    expect((await server.api('POST', '/auth/tokens', { email: person.email, password: person.password })).status).toBe(
      200,
    );
    expect((await unban(person)).body.code).toBe('not-banned');
    expect((await ban(person)).status).toBe(201);
  });

  it('is lifted by its job at its time, and the doctor is listed again', async () => {
    const doctor = await server.people.doctor();
    await ban(doctor, 1);
    expect((await server.api('GET', `/doctors/${doctor.id}`)).status).toBe(404);
    await timeIsOver(doctor);
    await server.ctx.db.execute(
      sql`UPDATE jobs.job SET start_after = now() WHERE name = 'identity.lift-ban' AND state = 'created'`,
    );
    await eventually(
      'the doctor is listed again',
      async () => (await server.api('GET', `/doctors/${doctor.id}`)).status === 200,
    );
    expect(await audited('account.unbanned', doctor)).toEqual([{ actor_id: null, actor_role: null, outcome: 'ok' }]);
  });

  it('that is over is ended by its time, also when it is a new one that finds it', async () => {
    const person = await server.people.patient();
    await ban(person, 1);
    await timeIsOver(person);
    expect((await ban(person)).status).toBe(201);
    expect(await audited('account.unbanned', person)).toEqual([{ actor_id: null, actor_role: null, outcome: 'ok' }]);
  });

  it('ends beside an approval that is being withdrawn, and the doctor stays off the list', async () => {
    const doctor = await server.people.doctor();
    await ban(doctor, 1);
    await timeIsOver(doctor);
    const ending = await server.ctx.tx(async ({ db }) => {
      await db.execute(sql`UPDATE accounts SET approved_at = NULL WHERE id = ${doctor.id}`);
      await db.execute(sql`UPDATE doctors SET listed = false WHERE account_id = ${doctor.id}`);
      const ending = liftDueBans(server.ctx);
      const waiting = sql`SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await eventually('the end waits', async () => (await countOf(server.ctx, waiting)) > 0);
      return { ending };
    });
    await ending.ending;
    const listed = sql`SELECT count(*) AS n FROM doctors WHERE account_id = ${doctor.id} AND listed`;
    expect(await countOf(server.ctx, listed)).toBe(0);
    expect(await audited('account.unbanned', doctor)).toHaveLength(1);
  });

  it('is written down once as ended, however many nodes look at once', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => server.people.patient()));
    const nodes = [
      server.ctx,
      (await server.addNode({ roles: ['api'] })).ctx,
      (await server.addNode({ roles: ['api'] })).ctx,
    ];
    for (const person of people) await ban(person, 1);
    for (const person of people) await timeIsOver(person);
    const lifted = await Promise.all(
      Array.from({ length: 12 }, (_, index) => liftDueBans(nodes[index % 3] ?? server.ctx)),
    );
    expect(lifted.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(5);
    for (const person of people) expect(await audited('account.unbanned', person)).toHaveLength(1);
  });

  it('stays in the history, newest first, in pages that do not move', async () => {
    const person = await server.people.patient();
    for (let round = 0; round < 5; round += 1) {
      await ban(person);
      await unban(person);
    }
    const first = (await admin.api('GET', `/admin/users/${person.id}/bans?limit=2`)).body;
    await ban(person);
    const second = (await admin.api('GET', `/admin/users/${person.id}/bans?limit=2&cursor=${first.nextCursor}`)).body;
    const third = (await admin.api('GET', `/admin/users/${person.id}/bans?limit=2&cursor=${second.nextCursor}`)).body;
    const all = [...first.items, ...second.items, ...third.items];
    expect(all.map(({ liftedBy }) => liftedBy)).toEqual(Array(5).fill(admin.id));
    expect(new Set(all.map(({ id }) => id)).size).toBe(5);
    expect(third.nextCursor).toBeNull();
    expect([...all].sort((a, b) => b.startsAt.localeCompare(a.startsAt))).toEqual(all);
  });
});

describe('approval', () => {
  it('acts at once on the session that is there, and the doctor is told', async () => {
    const doctor = await server.people.doctor({ approved: false });
    expect((await doctor.api('GET', '/requests')).body.code).toBe('doctor-not-approved');
    const { status, body } = await admin.api('POST', `/admin/doctors/${doctor.id}/approve`, {});
    expect([status, body.status]).toEqual([200, 'active']);
    expect((await doctor.api('GET', '/requests')).status).toBe(200);
    expect((await server.api('GET', `/doctors/${doctor.id}`)).status).toBe(200);
    await server.mailbox.waitFor(doctor.email, 'is approved');
  });

  it('that is given again changes nothing and mails nobody', async () => {
    const doctor = await server.people.doctor();
    expect((await admin.api('POST', `/admin/doctors/${doctor.id}/approve`, {})).body.status).toBe('active');
    expect((await doctor.api('GET', '/requests')).status).toBe(200);
    expect(server.mailbox.mails.filter(({ to }) => to === doctor.email)).toEqual([]);
  });

  it('that is withdrawn closes the doctors’ routes without ending the session, and hands requests back', async () => {
    const [doctor, patient] = [await server.people.doctor(), await server.people.patient()];
    const complaint = { doctorId: doctor.id, complaint: 'A cough', urgency: 'routine' };
    const { body: request } = await patient.api('POST', '/requests', complaint);
    await doctor.api('POST', `/requests/${request.id}/accept`);
    const { status, body } = await admin.api('POST', `/admin/doctors/${doctor.id}/reject`, {
      reason: 'License expired',
    });
    expect([status, body.status]).toEqual([200, 'pending-approval']);
    expect((await doctor.api('GET', '/requests')).body.code).toBe('doctor-not-approved');
    expect((await doctor.api('GET', '/me')).status).toBe(200);
    expect((await patient.api('GET', `/requests/${request.id}`)).body).toMatchObject({
      status: 'submitted',
      doctor: null,
    });
    expect((await server.api('GET', `/doctors/${doctor.id}`)).status).toBe(404);
  });

  it('can be refused to a pending doctor, who stays pending and is told', async () => {
    const doctor = await server.people.doctor({ approved: false });
    const { status, body } = await admin.api('POST', `/admin/doctors/${doctor.id}/reject`, {});
    expect([status, body.status]).toEqual([200, 'pending-approval']);
    await server.mailbox.waitFor(doctor.email, 'not approved');
  });

  it('of somebody who is no doctor is a 404', async () => {
    const patient = await server.people.patient();
    for (const act of ['approve', 'reject']) {
      expect((await admin.api('POST', `/admin/doctors/${patient.id}/${act}`, {})).body.code).toBe('not-found');
    }
  });
});

describe('a banned doctor', () => {
  it('hands accepted requests back with a notice to the patient, keeps diagnosed ones, and is not listed', async () => {
    const [doctor, patient] = [await server.people.doctor(), await server.people.patient()];
    const submit = async () => {
      const { body } = await patient.api('POST', '/requests', {
        doctorId: doctor.id,
        complaint: 'A cough',
        urgency: 'routine',
      });
      await doctor.api('POST', `/requests/${body.id}/accept`);
      return `/requests/${body.id}`;
    };
    const [accepted, diagnosed] = [await submit(), await submit()];
    await doctor.api('POST', `${diagnosed}/diagnoses`, { title: 'T', description: 'D', recommendations: 'R' });
    await ban(doctor);
    expect((await patient.api('GET', accepted)).body).toMatchObject({ status: 'submitted', doctor: null });
    expect((await patient.api('GET', diagnosed)).body).toMatchObject({
      status: 'diagnosed',
      doctor: { id: doctor.id },
    });
    expect((await server.api('GET', `/doctors/${doctor.id}`)).status).toBe(404);
    await eventually(
      'the patient is told',
      () => server.mailbox.mails.filter(({ to }) => to === patient.email).length >= 3,
    );
  });
});

describe('a deleted account', () => {
  it('is empty to an admin, ended everywhere, and its address is free again', async () => {
    const person = await server.people.patient();
    await person.api('PATCH', '/me', {
      address: { country: 'PT', city: 'Porto' },
      patient: { phone: '+351 912', allergies: 'Nuts' },
    });
    expect((await admin.api('DELETE', `/admin/users/${person.id}`, { reason })).status).toBe(204);
    const { status, body } = await admin.api('GET', `/admin/users/${person.id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'deleted', email: null, fullName: null, address: null, sessions: [] });
    expect(body.patient).toEqual({ birthDate: null, sex: null, phone: null });
    expect((await person.api('GET', '/me')).body.code).toBe('session-ended');
    const made = await admin.api('POST', '/admin/users', { email: person.email, fullName: 'New One', role: 'patient' });
    expect(made.status).toBe(201);
    const [row] = await rowsOf(server.ctx, sql`SELECT allergies FROM patients WHERE account_id = ${person.id}`);
    expect(row).toEqual({ allergies: null });
  });

  it('of a doctor has no licence any more', async () => {
    const doctor = await server.people.doctor();
    const licence = async () => (await admin.api('GET', `/admin/users/${doctor.id}`)).body.doctor.licenseNumber;
    expect(await licence()).toEqual(expect.any(String));
    await admin.api('DELETE', `/admin/users/${doctor.id}`, { reason });
    expect(await licence()).toBeNull();
  });

  it('cannot be deleted or banned again', async () => {
    const person = await server.people.patient();
    await admin.api('DELETE', `/admin/users/${person.id}`, { reason });
    expect((await admin.api('DELETE', `/admin/users/${person.id}`, { reason })).body.code).toBe('not-found');
    expect((await ban(person)).body.code).toBe('not-found');
  });

  it('needs a reason', async () => {
    const person = await server.people.patient();
    const { status, body } = await admin.api('DELETE', `/admin/users/${person.id}`, {});
    expect([status, body.errors[0].path]).toEqual([400, 'reason']);
    expect((await person.api('GET', '/me')).status).toBe(200);
  });
});

it('oneself one can neither ban nor delete', async () => {
  expect((await ban(admin)).body.code).toBe('own-account');
  const { status, body } = await admin.api('DELETE', `/admin/users/${admin.id}`, { reason });
  expect([status, body.code]).toEqual([409, 'own-account']);
});
