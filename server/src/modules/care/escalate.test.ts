import type { SpecialtyCode, Urgency } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobsAreDone, rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { inTwenties } from '../../../test/in-twenties.ts';
import { readConfig } from '../../config.ts';
import { escalateWaiting } from './escalate.ts';

let server: TestServer;
let patient: Person;
let admin: Person;
beforeAll(async () => {
  // Without a worker until a test asks for one: its clock would take the steps as well.
  server = await startTestServer({ roles: ['api'] });
  [patient, admin] = await Promise.all([server.people.patient(), server.people.admin()]);
});
afterAll(() => server.stop());

async function waiting(specialty: SpecialtyCode, urgency: Urgency, minutes: number): Promise<string> {
  const { body } = await patient.api('POST', '/requests', { specialty, complaint: 'zebrafish', urgency });
  await wait(body.id, minutes);
  return body.id;
}

const wait = (id: string, minutes: number) =>
  server.ctx.db.execute(
    sql`UPDATE care_requests SET submitted_at = now() - make_interval(mins => ${minutes}) WHERE id = ${id}`,
  );

/** The steps that were written down of a request, oldest first. */
async function stepsOf(id: string) {
  const { body } = await admin.api('GET', `/admin/audit?subjectId=${id}&action=request.escalated`);
  type Entry = { actorId: string | null; details: { step: string; told: number } };
  return body.items.toReversed().map(({ actorId, details }: Entry) => [actorId, details.step, details.told]);
}

const onTen = () => Promise.all(Array.from({ length: 10 }, () => escalateWaiting(server.ctx)));

const noticesTo = ({ id }: Person) =>
  rowsOf(
    server.ctx,
    sql`SELECT 1 FROM notifications WHERE account_id = ${id} AND kind IN ('waiting-long', 'nobody-takes')`,
  );

describe('a request that nobody takes', () => {
  it('is told to doctors of the specialty who accept, then to admins, by the times of its urgency, each once on ten workers', async () => {
    const specialty = 'surgery';
    const [doctor, away] = [await server.people.doctor({ specialty }), await server.people.doctor({ specialty })];
    const foreign = await server.people.doctor({ specialty: 'radiology' });
    await away.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    const emergency = await waiting(specialty, 'emergency', 4);
    const [urgent, routine] = [await waiting(specialty, 'urgent', 4), await waiting(specialty, 'routine', 100_000)];
    await onTen();
    expect(await stepsOf(emergency)).toEqual([[null, 'doctors', 1]]);
    await wait(emergency, 11);
    await onTen();
    expect(await stepsOf(emergency)).toEqual([
      [null, 'doctors', 1],
      [null, 'admins', 1],
    ]);
    expect([await stepsOf(urgent), await stepsOf(routine)]).toEqual([[], []]);
    const told = await Promise.all([doctor, admin, away, foreign].map(noticesTo));
    expect(told.map(({ length }) => length)).toEqual([1, 1, 0, 0]);
  });

  it('is told anew once it has been taken and came back, from that moment on', async () => {
    const specialty = 'dentistry';
    const doctor = await server.people.doctor({ specialty });
    const id = await waiting(specialty, 'emergency', 4);
    await escalateWaiting(server.ctx);
    await doctor.api('POST', `/requests/${id}/accept`);
    await doctor.api('POST', `/requests/${id}/release`, { reason: 'Away' });
    await escalateWaiting(server.ctx);
    expect(await stepsOf(id)).toHaveLength(1);
    await server.ctx.db.execute(
      sql`UPDATE care_requests SET returned_at = now() - interval '4 minutes' WHERE id = ${id}`,
    );
    await escalateWaiting(server.ctx);
    // Written down, and no second mail within a quarter of an hour.
    expect(await stepsOf(id)).toEqual([
      [null, 'doctors', 1],
      [null, 'doctors', 0],
    ]);
  });

  it('is told to ten doctors at most, and who has just been told of another is told nothing', async () => {
    const specialty = 'urology';
    await Promise.all(Array.from({ length: 13 }, () => server.people.doctor({ specialty })));
    const first = await waiting(specialty, 'emergency', 5);
    await escalateWaiting(server.ctx);
    const [second, third] = [await waiting(specialty, 'emergency', 4), await waiting(specialty, 'emergency', 4)];
    await escalateWaiting(server.ctx);
    expect(await stepsOf(first)).toEqual([[null, 'doctors', 10]]);
    const told = [...(await stepsOf(second)), ...(await stepsOf(third))].map(([, , count]) => count);
    expect(told.toSorted()).toEqual([0, 3]);
  });

  it('is one of many: on ten workers a doctor is told once of all of them', async () => {
    const specialty = 'neurology';
    const doctor = await server.people.doctor({ specialty });
    // More than one worker takes at a time.
    const ids = await inTwenties(Array(60).fill(4), (minutes) => [waiting(specialty, 'emergency', minutes)]);
    await onTen();
    expect(await noticesTo(doctor)).toHaveLength(1);
    const steps = (await inTwenties(ids, (id) => [stepsOf(id)])).map(([step]) => step);
    expect(steps.filter(([, , told]) => told === 1)).toHaveLength(1);
    expect(steps.filter(([, , told]) => told === 0)).toHaveLength(59);
  });

  it('is told by the next run where one breaks off before its commit', async () => {
    const specialty = 'psychiatry';
    const doctor = await server.people.doctor({ specialty });
    const id = await waiting(specialty, 'emergency', 4);
    await server.ctx.db.execute(sql`
      CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken off'; END $$;
      CREATE TRIGGER break_off BEFORE INSERT ON audit_log
        FOR EACH ROW WHEN (NEW.action = 'request.escalated') EXECUTE FUNCTION break_off()`);
    await expect(escalateWaiting(server.ctx)).rejects.toThrow();
    await server.ctx.db.execute(sql`DROP TRIGGER break_off ON audit_log`);
    await escalateWaiting(server.ctx);
    expect(await stepsOf(id)).toEqual([[null, 'doctors', 1]]);
    expect(await noticesTo(doctor)).toHaveLength(1);
  });

  it('is left to the worker that takes steps at this moment, however long that takes', async () => {
    const doctor = await server.people.doctor({ specialty: 'rheumatology' });
    const id = await waiting('rheumatology', 'emergency', 4);
    await server.ctx.tx(async ({ db }) => {
      await db.execute(sql`SELECT pg_advisory_xact_lock(hashtext('openward.escalate'))`);
      await escalateWaiting(server.ctx);
      expect(await stepsOf(id)).toEqual([]);
    });
    await escalateWaiting(server.ctx);
    expect([await stepsOf(id), (await noticesTo(doctor)).length]).toEqual([[[null, 'doctors', 1]], 1]);
  });

  it('sent to one doctor, is told to that one first', async () => {
    const specialty = 'pathology';
    const [asked, colleague] = [await server.people.doctor({ specialty }), await server.people.doctor({ specialty })];
    const { body } = await patient.api('POST', '/requests', {
      doctorId: asked.id,
      complaint: 'zebrafish',
      urgency: 'urgent',
    });
    await wait(body.id, 31);
    await escalateWaiting(server.ctx);
    expect([(await noticesTo(asked)).length, (await noticesTo(colleague)).length]).toEqual([1, 0]);
    await server.addNode({ roles: ['worker'] });
    const mail = await server.mailbox.waitFor(asked.email, 'Patients wait in your specialty');
    await jobsAreDone(server.ctx);
    expect(JSON.stringify(server.mailbox.mails)).not.toContain('zebrafish');
    expect(mail.text).toContain('/inbox');
  });
});

describe('the times', () => {
  const settings = (value: string) => readConfig({ NODE_ENV: 'test', ESCALATE_URGENT_MINUTES: value }).queue.escalation;

  it('are settings, off among them, and what is wrong is named', () => {
    expect(settings('5,20')).toMatchObject({ urgent: { doctors: 5, admins: 20 }, routine: null });
    expect(settings('off').urgent).toBeNull();
    for (const wrong of ['5', '20,5', '0,5', 'soon', '5,20,30'])
      expect(() => settings(wrong)).toThrow(/ESCALATE_URGENT_MINUTES is ".*"; it takes off, or minutes/);
  });
});
