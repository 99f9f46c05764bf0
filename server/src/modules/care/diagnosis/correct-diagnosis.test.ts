import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { codeOf, withoutRequestId } from '../../../../test/http.ts';
import type { Actor, Ctx } from '../../../context.ts';
import { newId } from '../../../platform/id.ts';
import { Problem } from '../../../platform/problem.ts';
import { diagnosed } from '../test-support.ts';
import { correctDiagnosis } from './correct-diagnosis.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const correction = {
  title: 'Bacterial bronchitis',
  icd10: 'j20.8',
  description: 'The culture came back.',
  recommendations: 'Amoxicillin for five days.',
  reason: 'The culture was positive.',
  version: 1,
};

const actorOf = ({ id, sessionId }: Person): Actor => ({
  ...{ accountId: id, sessionId, role: 'doctor', approved: true, factorMissing: false },
});

describe('a correction', () => {
  it('is a new version, with who, when and why; the older stays readable to both, and the patient gets a mail without it', async () => {
    const { patient, doctor, requestId, diagnosisId } = await diagnosed(server);
    const path = `/requests/${requestId}/diagnoses/${diagnosisId}`;
    const corrected = await doctor.api('POST', `${path}/corrections`, correction);
    expect(corrected).toMatchObject({ status: 201, body: { id: diagnosisId, version: 2, icd10: 'J20.8' } });
    const { body } = await patient.api('GET', `/requests/${requestId}`);
    expect(body.diagnoses).toEqual([corrected.body]);
    for (const reader of [patient, doctor]) {
      const { items, nextCursor } = (await reader.api('GET', `${path}/versions`)).body;
      expect(nextCursor).toBeNull();
      expect(items).toMatchObject([
        { version: 2, title: correction.title, reason: correction.reason, writtenBy: { id: doctor.id } },
        { version: 1, title: 'Acute bronchitis', icd10: 'J20.9', reason: null, writtenBy: { id: doctor.id } },
      ]);
      expect(items[0].writtenAt).toBe(corrected.body.correctedAt);
    }
    const mail = await server.mailbox.waitFor(patient.email, 'Something in your record was corrected');
    expect(mail.text).not.toMatch(/bronchitis|culture|J20|Amoxicillin/i);
  });

  it('pages its versions, newest first', async () => {
    const { patient, doctor, requestId, diagnosisId } = await diagnosed(server);
    const path = `/requests/${requestId}/diagnoses/${diagnosisId}`;
    for (const version of [1, 2]) await doctor.api('POST', `${path}/corrections`, { ...correction, version });
    const first = (await patient.api('GET', `${path}/versions?limit=2`)).body;
    const second = (await patient.api('GET', `${path}/versions?limit=2&cursor=${first.nextCursor}`)).body;
    const versions = [...first.items, ...second.items].map(({ version }: { version: number }) => version);
    expect([versions, second.nextCursor]).toEqual([[3, 2, 1], null]);
  });

  it('is possible after the request was closed, and to nobody but its doctor', async () => {
    const { patient, doctor, requestId, diagnosisId } = await diagnosed(server);
    await doctor.api('POST', `/requests/${requestId}/close`);
    const path = `/requests/${requestId}/diagnoses/${diagnosisId}`;
    const stranger = await server.people.doctor();
    const missing = await stranger.api('POST', `/requests/${newId()}/diagnoses/${newId()}/corrections`, correction);
    for (const [method, end, body] of [
      ['POST', 'corrections', correction],
      ['GET', 'versions', undefined],
    ] as const) {
      const refused = await stranger.api(method, `${path}/${end}`, body);
      expect([refused.status, withoutRequestId(refused.body)]).toEqual([404, withoutRequestId(missing.body)]);
    }
    expect(codeOf(await patient.api('POST', `${path}/corrections`, correction))).toEqual([403, 'forbidden']);
    expect((await doctor.api('POST', `${path}/corrections`, correction)).status).toBe(201);
    const other = await diagnosed(server, { doctor });
    const mixed = `/requests/${other.requestId}/diagnoses/${diagnosisId}`;
    expect((await doctor.api('POST', `${mixed}/corrections`, correction)).status).toBe(404);
    expect((await doctor.api('GET', `${mixed}/versions`)).status).toBe(404);
  });

  it('is not for a doctor who may only look at what is to be handed over, nor any more for who has handed it over', async () => {
    const { patient, doctor, requestId, diagnosisId } = await diagnosed(server);
    const next = await server.people.doctor();
    const path = `/requests/${requestId}/diagnoses/${diagnosisId}/corrections`;
    await doctor.api('POST', `/requests/${requestId}/transfer`, { doctorId: next.id });
    await patient.api('POST', `/requests/${requestId}/transfer/consent`);
    expect((await next.api('GET', `/requests/${requestId}`)).status).toBe(200);
    expect(codeOf(await next.api('POST', path, correction))).toEqual([409, 'invalid-transition']);
    expect((await next.api('POST', `/requests/${requestId}/transfer/accept`)).status).toBe(200);
    expect((await doctor.api('POST', path, correction)).status).toBe(404);
    expect((await next.api('POST', path, correction)).body).toMatchObject({ version: 2, doctorId: next.id });
  });

  it.each([
    ['no reason', { reason: undefined }, 'reason'],
    ['no version', { version: undefined }, 'version'],
    ['a code that is none', { icd10: 'J2' }, 'icd10'],
    ['a title of blanks', { title: ' ' }, 'title'],
  ])('with %s is refused by name', async (_what, fields, path) => {
    const { doctor, requestId, diagnosisId } = await diagnosed(server);
    const body = { ...correction, ...fields };
    const refused = await doctor.api('POST', `/requests/${requestId}/diagnoses/${diagnosisId}/corrections`, body);
    expect([refused.status, refused.body.errors?.[0]?.path]).toEqual([400, path]);
  });

  it('of two on the same version one wins and the other is told, in a hundred races', async () => {
    const { doctor, requestId: id, diagnosisId } = await diagnosed(server);
    const as = (): Ctx => server.ctx.as(actorOf(doctor));
    for (let version = 1; version <= 100; version += 1) {
      const ends = await Promise.allSettled(
        ['one', 'two'].map((title) => correctDiagnosis(as(), { ...correction, id, diagnosisId, title, version })),
      );
      const won = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.version] : []));
      const lost = ends.flatMap((end) =>
        end.status === 'rejected' && end.reason instanceof Problem ? [end.reason.code] : [],
      );
      expect([won, lost]).toEqual([[version + 1], ['diagnosis-changed']]);
    }
  });
});

describe('the versions in the database', () => {
  it('are neither changed nor deleted by any statement, until the record is removed', async () => {
    const { doctor, requestId, diagnosisId } = await diagnosed(server);
    await doctor.api('POST', `/requests/${requestId}/diagnoses/${diagnosisId}/corrections`, correction);
    for (const statement of [
      sql`UPDATE diagnoses SET title = 'x' WHERE id = ${diagnosisId}`,
      sql`DELETE FROM diagnoses WHERE id = ${diagnosisId}`,
      sql`UPDATE diagnosis_corrections SET title = 'x' WHERE diagnosis_id = ${diagnosisId}`,
      sql`DELETE FROM diagnosis_corrections WHERE diagnosis_id = ${diagnosisId}`,
    ]) {
      await expect(server.ctx.db.execute(statement)).rejects.toMatchObject({ cause: { code: '42501' } });
    }
  });
});
