import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsInLine, countOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { inTwenties } from '../../../test/in-twenties.ts';
import { book, bookOne, freeSlots, openDoctor } from '../appointments/test-support.ts';
import { submitTo } from '../chat/test-support.ts';
import { issueLink } from '../identity/index.ts';

describe('a deletion that races', () => {
  /** Without a worker: what is raced is the databases' work, and the rooms' and mails' jobs would hold up the other tests. */
  let quiet: TestServer;
  beforeAll(async () => {
    quiet = await startTestServer({ roles: ['api'] });
  });
  afterAll(() => quiet.stop());

  it('a hundred doctors who hand back offers no locked request to anybody', async () => {
    const { people, ctx } = quiet;
    const [admin, doctor] = await Promise.all([people.admin(), people.doctor({ specialty: 'urology' })]);
    const patients = await inTwenties(Array(100).fill(null), () => [people.patient()]);
    const ids = await inTwenties(patients, (patient) => [submitTo(patient, doctor)]);
    await inTwenties(ids, (id) => [doctor.api('POST', `/requests/${id}/accept`)]);
    const answers = await inTwenties(patients, ({ id }, index) => [
      admin.api('DELETE', `/admin/users/${id}`, { reason: 'Asked by phone' }),
      doctor.api('POST', `/requests/${ids[index]}/release`, { reason: 'Away' }),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 204]));
    const other = await people.doctor({ specialty: 'urology' });
    expect((await other.api('GET', '/requests?box=incoming')).body.items).toEqual([]);
    const left = sql`SELECT count(*) AS n FROM care_requests WHERE status <> 'cancelled' OR locked_at IS NULL`;
    expect(await countOf(ctx, left)).toBe(0);
  });

  it('a hundred new requests leaves none that is not locked', async () => {
    const { people, ctx } = quiet;
    const [admin, doctor] = await Promise.all([people.admin(), people.doctor({ specialty: 'hepatology' })]);
    const patients = await inTwenties(Array(100).fill(null), () => [people.patient()]);
    const answers = await inTwenties(patients, (patient) => [
      patient.api('POST', '/requests', { doctorId: doctor.id, complaint: 'Late', urgency: 'routine' }),
      admin.api('DELETE', `/admin/users/${patient.id}`, { reason: 'Asked by phone' }),
    ]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(100);
    expect((await doctor.api('GET', '/requests?box=incoming')).body.items).toEqual([]);
    const unlocked = sql`SELECT count(*) AS n FROM care_requests WHERE locked_at IS NULL`;
    expect(await countOf(ctx, unlocked)).toBe(0);
  });

  it('a hundred changes of the profile leaves nothing personal behind', async () => {
    const { people, ctx } = quiet;
    const admin = await people.admin();
    const patients = await inTwenties(Array(100).fill(null), () => [people.patient()]);
    const answers = await inTwenties(patients, ({ id, api }) => [
      admin.api('DELETE', `/admin/users/${id}`, { reason: 'Asked by phone' }),
      api('PATCH', '/me', { fullName: 'Back Again', patient: { phone: '+49 30 123456', allergies: 'Penicillin' } }),
    ]);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const personal = sql`SELECT count(*) AS n FROM accounts a LEFT JOIN patients p ON p.account_id = a.id
      WHERE a.deleted_at IS NOT NULL AND (a.full_name IS NOT NULL OR p.phone IS NOT NULL OR p.allergies IS NOT NULL)`;
    expect(await countOf(ctx, personal)).toBe(0);
  });

  it('a booking with the doctor has it wait, and neither breaks the other off', async () => {
    const { people, ctx } = quiet;
    const [admin, patient, doctor] = [await people.admin(), await people.patient(), await openDoctor(quiet)];
    const [slot = ''] = await freeSlots(patient, doctor);
    const { answers, deadlocks } = await callsInLine(ctx, doctor.id, [
      () => admin.api('DELETE', `/admin/users/${doctor.id}`, { reason: 'Left' }),
      () => book(patient, doctor, slot),
    ]);
    expect([answers.map(({ status }) => status), deadlocks]).toEqual([[204, 404], 0]);
  });

  it('so have two bans of doctors, one of whom hands requests to the other and has appointments', async () => {
    const { people, ctx } = quiet;
    const [admin, patient, second] = [await people.admin(), await people.patient(), await people.patient()];
    const [from, to] = [await openDoctor(quiet), await people.doctor()];
    const first = await submitTo(patient, from);
    const { requestId } = await bookOne(second, from);
    for (const id of [first, requestId]) await from.api('POST', `/requests/${id}/accept`);
    expect((await from.api('POST', '/me/handover', { doctorId: to.id })).body).toEqual({ offered: 2, pending: 0 });
    const ban = ({ id }: Person) =>
      admin.api('POST', `/admin/users/${id}/ban`, { reason: 'Race', durationMinutes: null });
    const held = sql`SELECT 1 FROM care_requests WHERE id = ${first} FOR UPDATE`;
    const { answers, deadlocks } = await callsInLine(ctx, held, [() => ban(to), () => ban(from)]);
    expect([answers.map(({ status }) => status), deadlocks]).toEqual([[201, 201], 0]);
  });

  it('so has a move to another time', async () => {
    const { people, ctx } = quiet;
    const [admin, patient, doctor] = [await people.admin(), await people.patient(), await openDoctor(quiet)];
    const { id } = await bookOne(patient, doctor);
    const startsAt = (await freeSlots(patient, doctor)).at(3);
    const { answers, deadlocks } = await callsInLine(ctx, doctor.id, [
      () => admin.api('DELETE', `/admin/users/${doctor.id}`, { reason: 'Left' }),
      () => patient.api('POST', `/appointments/${id}/move`, { startsAt }),
    ]);
    expect([answers.map(({ status }) => status), deadlocks]).toEqual([[204, 409], 0]);
  });

  it('the same by a mailed link finds the link gone, and neither breaks the other off', async () => {
    const { people, ctx, api } = quiet;
    const [admin, patient] = [await people.admin(), await people.patient()];
    const link = { accountId: patient.id, purpose: 'confirm-deletion', email: patient.email } as const;
    const jti = await ctx.tx((ctx) => issueLink(ctx, link));
    const { token } = await ctx.tokens.mintEmail({ sub: patient.id, role: 'patient', purpose: link.purpose, jti });
    const { answers, deadlocks } = await callsInLine(ctx, patient.id, [
      () => admin.api('DELETE', `/admin/users/${patient.id}`, { reason: 'Asked by phone' }),
      () => api('POST', '/me/deletion/confirm', { token }),
    ]);
    expect([answers.map(({ status }) => status), deadlocks]).toEqual([[204, 400], 0]);
    expect(answers[1]?.body.code).toBe('invalid-token');
  });
});
