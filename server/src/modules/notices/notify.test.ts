import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, jobsAreDone, rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { cleanUp } from './clean-up.ts';
import { mailTogether } from './mail-together.ts';
import { notify } from './notify.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const complaint = 'Burning xanthodermia of the left elbow';

const mailsTo = ({ email }: Person) => server.mailbox.mails.filter(({ to }) => to === email);

const listOf = async (person: Person, query = '') => (await person.api('GET', `/notifications${query}`)).body.items;

const unreadOf = async (person: Person) => (await person.api('GET', '/notifications/unread-count')).body.unread;

/** As if the time of what waits had come. */
async function makeDue(person: Person): Promise<void> {
  await server.ctx.db.execute(
    sql`UPDATE notifications SET mail_due_at = now() - interval '1 s' WHERE account_id = ${person.id} AND mail_due_at IS NOT NULL`,
  );
}

async function ask(patient: Person, doctor: Person, urgency = 'routine'): Promise<string> {
  const { status, body } = await patient.api('POST', '/requests', { doctorId: doctor.id, complaint, urgency });
  expect(status).toBe(201);
  return body.id;
}

describe('a notice', () => {
  it('is in the portal and in a mail, leads to what happened, and holds no health text nor name', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const id = await ask(patient, doctor, 'urgent');
    await doctor.api('POST', `/requests/${id}/accept`);
    expect(await listOf(patient)).toMatchObject([
      { kind: 'request-accepted', requestId: id, roomId: null, readAt: null },
    ]);
    expect(await listOf(doctor)).toMatchObject([{ kind: 'urgent-request-received', requestId: id }]);
    const mail = await server.mailbox.waitFor(patient.email, 'taken your request');
    expect(mail.text).toContain(`/requests/${id}`);
    const toDoctor = await server.mailbox.waitFor(doctor.email, 'pressing request');
    expect(toDoctor.text).toContain(`/inbox/${id}`);
    for (const { raw } of [mail, toDoctor]) {
      expect(raw).not.toContain('xanthodermia');
      expect(raw).not.toContain(doctor.id);
    }
    expect(toDoctor.raw).not.toContain(patient.fullName);
  });

  it('is not told when what happened is rolled back', async () => {
    const patient = await server.people.patient();
    await expect(
      server.ctx.tx(async (ctx) => {
        await notify(ctx, { accountId: patient.id, kind: 'request-accepted' });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await listOf(patient)).toEqual([]);
  });

  it('is read by its owner alone: by id, or all up to one', async () => {
    const [patient, other] = await Promise.all([server.people.patient(), server.people.patient()]);
    for (let n = 0; n < 4; n += 1) await notify(server.ctx, { accountId: patient.id, kind: 'transfer-over' });
    const [newest, second, third, oldest] = await listOf(patient);
    const read = (person: Person, body: object) => person.api('PUT', '/notifications/read', body);
    expect((await read(other, { ids: [oldest.id] })).status).toBe(204);
    expect((await read(other, { until: newest.id })).status).toBe(204);
    expect(await unreadOf(patient)).toBe(4);
    expect((await read(patient, { ids: [oldest.id, oldest.id.replace(/^./, 'f')] })).status).toBe(204);
    expect(await unreadOf(patient)).toBe(3);
    await read(patient, { until: second.id });
    expect((await listOf(patient, '?unread=true')).map(({ id }: { id: string }) => id)).toEqual([newest.id]);
    expect((await listOf(patient)).map(({ id }: { id: string }) => id)).toEqual([
      newest.id,
      second.id,
      third.id,
      oldest.id,
    ]);
    for (const body of [{}, { ids: [newest.id], until: newest.id }])
      expect((await read(patient, body)).body.errors).toMatchObject([{ path: 'ids' }]);
  });

  it('pages hold each once while others come', async () => {
    const patient = await server.people.patient();
    for (let n = 0; n < 5; n += 1) await notify(server.ctx, { accountId: patient.id, kind: 'transfer-over' });
    const first = (await patient.api('GET', '/notifications?limit=3')).body;
    await notify(server.ctx, { accountId: patient.id, kind: 'transfer-over' });
    const rest = (await patient.api('GET', `/notifications?limit=3&cursor=${first.nextCursor}`)).body;
    const ids = [...first.items, ...rest.items].map(({ id }) => id);
    expect([ids.length, new Set(ids).size, rest.nextCursor]).toEqual([5, 5, null]);
  });

  it('is kept 90 days, the newest 200 of an account', async () => {
    const [patient, other] = await Promise.all([server.people.patient(), server.people.patient()]);
    await server.ctx.db.execute(sql`
      INSERT INTO notifications (id, account_id, kind, created_at)
      SELECT gen_random_uuid(), ${patient.id}, 'transfer-over', now() - make_interval(mins => n) FROM generate_series(1, 230) n`);
    await server.ctx.db.execute(sql`
      INSERT INTO notifications (id, account_id, kind, created_at)
      SELECT gen_random_uuid(), ${other.id}, 'transfer-over', now() - make_interval(days => n) FROM generate_series(89, 91) n`);
    await cleanUp(server.ctx);
    const [kept] = await rowsOf(
      server.ctx,
      sql`SELECT count(*)::int AS n, extract(epoch FROM now() - min(created_at))::int / 60 AS oldest FROM notifications WHERE account_id = ${patient.id}`,
    );
    expect(kept).toEqual({ n: 200, oldest: 200 });
    expect(await listOf(other)).toHaveLength(1);
  });
});

describe('what is mailed together', () => {
  it('is one mail for all that wait, in a hundred trials of five workers, and holds each once', async () => {
    const { id: accountId } = await server.people.doctor();
    const told: string[] = [];
    for (let trial = 0; trial < 100; trial += 1) {
      const made = await rowsOf<{ id: string }>(
        server.ctx,
        sql`INSERT INTO notifications (id, account_id, kind, mail_due_at)
          SELECT gen_random_uuid(), ${accountId}, 'request-received', now() + make_interval(mins => n - 1) FROM generate_series(0, 2) n
          RETURNING id`,
      );
      told.push(...made.map(({ id }) => id));
      const work = () => mailTogether(server.ctx, { accountId, kind: 'request-received' });
      await Promise.all([work(), work(), work(), work(), work()]);
    }
    const mails = await rowsOf<{ ids: string[] }>(
      server.ctx,
      sql`SELECT data->'data'->'ids' AS ids FROM jobs.job WHERE name = 'mail.send' AND data->'data'->>'accountId' = ${accountId}`,
    );
    expect(mails.map(({ ids }) => ids.length)).toEqual(Array.from({ length: 100 }, () => 3));
    expect(mails.flatMap(({ ids }) => ids).sort()).toEqual(told.sort());
  });

  it('says how many, of those that were not read by then', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    for (let n = 0; n < 3; n += 1) await ask(patient, doctor);
    const [newest] = await listOf(doctor);
    await doctor.api('PUT', '/notifications/read', { ids: [newest.id] });
    await makeDue(doctor);
    await mailTogether(server.ctx, { accountId: doctor.id, kind: 'request-received' });
    await server.mailbox.waitFor(doctor.email, '2 requests wait for you');
    await jobsAreDone(server.ctx);
    expect(mailsTo(doctor)).toHaveLength(1);
  });

  it('is not mailed when all has been read, and waits until it is due', async () => {
    const doctor = await server.people.doctor();
    await notify(server.ctx, { accountId: doctor.id, kind: 'request-received' });
    await mailTogether(server.ctx, { accountId: doctor.id, kind: 'request-received' });
    const [{ id }] = await listOf(doctor);
    await doctor.api('PUT', '/notifications/read', { ids: [id] });
    await makeDue(doctor);
    await mailTogether(server.ctx, { accountId: doctor.id, kind: 'request-received' });
    const waiting = sql`SELECT count(*) AS n FROM jobs.job WHERE name = 'mail.send' AND data::text LIKE ${`%${doctor.id}%`}`;
    expect(await countOf(server.ctx, waiting)).toBe(0);
  });
});

describe('preferences', () => {
  it('are those of the role, and mails about security are always sent', async () => {
    const [patient, admin] = await Promise.all([server.people.patient(), server.people.admin()]);
    const { items } = (await patient.api('GET', '/me/notification-preferences')).body;
    expect(items).toContainEqual({ kind: 'new-message', mail: true, push: true, fixed: false });
    expect(items).toContainEqual({ kind: 'security', mail: true, push: false, fixed: true });
    expect(items.map(({ kind }: { kind: string }) => kind)).not.toContain('request-received');
    const ofAdmin = (await admin.api('GET', '/me/notification-preferences')).body.items;
    expect(ofAdmin.map(({ kind }: { kind: string }) => kind)).toEqual(['appeal-received', 'nobody-takes', 'security']);
    for (const kind of ['security', 'request-received']) {
      const { status } = await patient.api('PUT', '/me/notification-preferences', { items: [{ kind, mail: false }] });
      expect([kind, status]).toEqual([kind, 400]);
    }
  });

  it('switch a channel off, leave the portal on, and what is not named stays', async () => {
    const patient = await server.people.patient();
    const set = (items: object[]) => patient.api('PUT', '/me/notification-preferences', { items });
    await set([{ kind: 'request-accepted', mail: false }]);
    const { body } = await set([{ kind: 'request-accepted', push: false }]);
    expect(body.items).toContainEqual({ kind: 'request-accepted', mail: false, push: false, fixed: false });
    await notify(server.ctx, { accountId: patient.id, kind: 'request-accepted' });
    await notify(server.ctx, { accountId: patient.id, kind: 'request-diagnosed' });
    await server.mailbox.waitFor(patient.email, 'news on your request');
    expect(mailsTo(patient)).toHaveLength(1);
    expect(await unreadOf(patient)).toBe(2);
    const twice = [
      { kind: 'new-message', mail: true },
      { kind: 'new-message', mail: false },
    ];
    expect((await set(twice)).body.errors).toMatchObject([{ path: 'items.1.kind' }]);
  });
});

it('nothing of it outlives a deleted account, and the export has it until then', async () => {
  const [patient, admin] = await Promise.all([server.people.patient(), server.people.admin()]);
  await patient.api('PUT', '/me/notification-preferences', { items: [{ kind: 'new-message', mail: false }] });
  await notify(server.ctx, { accountId: patient.id, kind: 'new-message', roomId: patient.id });
  const { body } = await patient.api('GET', '/me/export');
  expect(body.notifications).toMatchObject([{ kind: 'new-message', roomId: patient.id }]);
  expect(body.notificationPreferences).toContainEqual({ kind: 'new-message', mail: false, push: true, fixed: false });
  await admin.api('DELETE', `/admin/users/${patient.id}`, { reason: 'Asked for it' });
  await notify(server.ctx, { accountId: patient.id, kind: 'request-accepted' });
  for (const table of ['notifications', 'notification_preferences', 'push_subscriptions'])
    expect(
      await countOf(
        server.ctx,
        sql`SELECT count(*) AS n FROM ${sql.identifier(table)} WHERE account_id = ${patient.id}`,
      ),
    ).toBe(0);
});
