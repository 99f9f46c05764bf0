import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { bookOne, openDoctor } from '../appointments/test-support.ts';
import { diagnosed } from '../care/test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const profile = {
  birthDate: '1987-04-09',
  sex: 'female',
  phone: '+351 912 345 678',
  allergies: 'zq-allergy',
  medication: 'zq-medication',
  conditions: 'zq-condition',
  emergencyContact: { name: 'zq-contact', relation: 'Brother', phone: '+351 (21) 123-45' },
};
type Item = Record<string, unknown>;

describe('the profile of a patient', () => {
  it('is kept whole, seen by the treating doctor, and its health by no admin', async () => {
    const { patient, doctor } = await diagnosed(server);
    expect((await patient.api('PATCH', '/me', { patient: profile })).body.patient).toEqual(profile);
    expect((await doctor.api('GET', `/patients/${patient.id}`)).body.profile).toEqual(profile);
    const admin = await server.people.admin();
    for (const path of [`/admin/users/${patient.id}`, `/users/${patient.id}`, '/admin/audit?limit=100'])
      expect(JSON.stringify((await admin.api('GET', path)).body), path).not.toContain('zq-');
    expect((await (await server.people.doctor()).api('GET', `/patients/${patient.id}`)).status).toBe(404);
  });

  it('keeps what is absent, takes null as “none”, and replaces a contact wholly', async () => {
    const patient = await server.people.patient();
    await patient.api('PATCH', '/me', { patient: profile });
    const emergencyContact = { name: 'Eva', phone: '112' };
    const { body } = await patient.api('PATCH', '/me', { patient: { medication: null, emergencyContact } });
    expect(body.patient).toEqual({
      ...profile,
      medication: null,
      emergencyContact: { ...emergencyContact, relation: null },
    });
    expect(
      (await patient.api('PATCH', '/me', { patient: { emergencyContact: null } })).body.patient.emergencyContact,
    ).toBeNull();
  });

  it.each([
    ['medication of 4001 letters', { medication: 'x'.repeat(4001) }, 'patient.medication'],
    ['conditions of blanks', { conditions: '  ' }, 'patient.conditions'],
    ['a contact without a name', { emergencyContact: { phone: '112' } }, 'patient.emergencyContact.name'],
    [
      'a contact with letters for a phone',
      { emergencyContact: { name: 'Eva', phone: 'by mail' } },
      'patient.emergencyContact.phone',
    ],
    [
      'a contact with an unknown field',
      { emergencyContact: { name: 'Eva', phone: '112', age: 3 } },
      'patient.emergencyContact.age',
    ],
  ])('with %s is refused by name, and nothing changes', async (_what, fields, path) => {
    const patient = await server.people.patient();
    await patient.api('PATCH', '/me', { patient: profile });
    const { status, body } = await patient.api('PATCH', '/me', { patient: fields });
    expect([status, body.errors?.map((error: { path: string }) => error.path)]).toEqual([400, [path]]);
    expect((await patient.api('GET', '/me')).body.patient).toEqual(profile);
  });
});

describe('who looked at a record', () => {
  it('is shown to the patient: who, when and at what, newest first, in pages, and not the patient’s own looks', async () => {
    const { patient, doctor, requestId, diagnosisId } = await diagnosed(server);
    for (const path of [
      `/patients/${patient.id}`,
      `/requests/${requestId}`,
      `/requests/${requestId}/diagnoses/${diagnosisId}/versions`,
      `/patients/${patient.id}/timeline`,
      `/requests/${requestId}/summary.pdf`,
    ]) {
      for (const reader of [doctor, patient]) await reader.api('GET', path);
    }
    const first = (await patient.api('GET', '/me/record-reads?limit=3')).body;
    const rest = (await patient.api('GET', `/me/record-reads?cursor=${first.nextCursor}`)).body;
    const all: Item[] = [...first.items, ...rest.items];
    expect(all.map(({ what }) => what)).toEqual(['summary', 'timeline', 'diagnosis', 'request', 'profile']);
    expect(all.every(({ reader }) => (reader as { id: string }).id === doctor.id)).toBe(true);
    expect(all.map((item) => item['requestId'])).toEqual([requestId, null, requestId, requestId, null]);
    expect([first.items.length, rest.nextCursor]).toEqual([3, null]);
    expect((await (await server.people.patient()).api('GET', '/me/record-reads')).body.items).toEqual([]);
  });

  it('at an appointment looked at that, at no request and not at the profile', async () => {
    const [patient, doctor] = await Promise.all([server.people.patient(), openDoctor(server)]);
    const { id } = await bookOne(patient, doctor);
    for (const path of [`/appointments/${id}`, `/appointments/${id}/calendar`])
      expect((await doctor.api('GET', path)).status, path).toBe(200);
    const { items } = (await patient.api('GET', '/me/record-reads')).body;
    const look = { reader: { id: doctor.id }, what: 'appointment', requestId: null };
    expect(items).toMatchObject([look, look]);
  });
});

describe('the timeline', () => {
  const kindsOf = (items: Item[]) => items.map(({ kind }) => kind);

  async function full(): Promise<{ patient: Person; doctor: Person; requestId: string }> {
    const { patient, doctor, requestId, diagnosisId } = await diagnosed(server);
    const body = { title: 'Pertussis', description: 'x', recommendations: 'y', reason: 'The test', version: 1 };
    await doctor.api('POST', `/requests/${requestId}/diagnoses/${diagnosisId}/corrections`, body);
    await patient.api('POST', `/requests/${requestId}/rating`, { stars: 4 });
    await doctor.api('POST', `/requests/${requestId}/close`);
    return { patient, doctor, requestId };
  }

  it('has everything that happened, newest first; the doctor’s is without the rating', async () => {
    const { patient, doctor, requestId } = await full();
    const { items } = (await patient.api('GET', '/me/timeline')).body;
    const happened = [
      'request-closed',
      'rating-given',
      'diagnosis-corrected',
      'diagnosis-written',
      'request-accepted',
      'request-submitted',
    ];
    expect(kindsOf(items)).toEqual(happened);
    expect(items[2]).toMatchObject({
      requestId,
      doctor: { id: doctor.id },
      diagnosis: { version: 2, title: 'Pertussis', icd10: null },
    });
    const forDoctor = (await doctor.api('GET', `/patients/${patient.id}/timeline`)).body;
    expect(kindsOf(forDoctor.items)).toEqual(happened.filter((kind) => kind !== 'rating-given'));
    expect(JSON.stringify(forDoctor)).not.toContain('stars');
  });

  it('has pages that together are the whole, each thing once, also of one millisecond', async () => {
    const { patient, doctor } = await full();
    await diagnosed(server, { patient, doctor });
    await server.ctx.db.execute(sql`UPDATE care_request_events SET at = (SELECT max(created_at) FROM diagnoses)
      WHERE request_id IN (SELECT id FROM care_requests WHERE patient_id = ${patient.id})`);
    const whole = (await patient.api('GET', '/me/timeline')).body.items;
    for (const limit of [1, 2, 3]) {
      const items: Item[] = [];
      for (let cursor = ''; ; ) {
        const { body } = await patient.api('GET', `/me/timeline?limit=${limit}${cursor}`);
        items.push(...body.items);
        if (body.nextCursor === null) break;
        cursor = `&cursor=${body.nextCursor}`;
      }
      expect(items).toEqual(whole);
    }
    expect(whole).toHaveLength(9);
  });

  it('shows a doctor what they treated, and another doctor’s or no request at all', async () => {
    const { patient, doctor } = await full();
    const other = await diagnosed(server, { patient });
    const mine = (await doctor.api('GET', `/patients/${patient.id}/timeline`)).body.items;
    expect(mine.some(({ requestId }: Item) => requestId === other.requestId)).toBe(false);
    // Beside the timeline, too: neither the request nor its diagnosis.
    const { requests, diagnoses } = (await doctor.api('GET', `/patients/${patient.id}`)).body;
    expect(requests.length).toBeGreaterThan(0);
    expect(
      [...requests, ...diagnoses].filter(
        ({ id }: { id: string }) => id === other.requestId || id === other.diagnosisId,
      ),
    ).toEqual([]);
    expect((await (await server.people.doctor()).api('GET', `/patients/${patient.id}/timeline`)).status).toBe(404);
  });
});

describe('what was written of a record', () => {
  it('is all in the patient’s export, and gone from the database when the record is removed', async () => {
    const { patient, doctor, requestId, diagnosisId } = await diagnosed(server);
    await patient.api('PATCH', '/me', { patient: profile });
    const body = {
      title: 'zq-title',
      description: 'zq-text',
      recommendations: 'zq-advice',
      reason: 'zq-reason',
      version: 1,
    };
    await doctor.api('POST', `/requests/${requestId}/diagnoses/${diagnosisId}/corrections`, body);
    await patient.api('GET', `/requests/${requestId}/summary.pdf`);
    const exported = (await patient.api('GET', '/me/export')).body;
    expect(exported.account.patient).toEqual(profile);
    const [request] = exported.requests;
    expect(request.versions).toMatchObject([
      { version: 1, title: 'Acute bronchitis' },
      { version: 2, reason: 'zq-reason' },
    ]);
    expect(request.summaries).toHaveLength(1);
    const admin = await server.people.admin();
    await admin.api('DELETE', `/admin/users/${patient.id}`, { reason: 'Asked' });
    const kept = sql`SELECT count(*) AS n FROM patients WHERE account_id = ${patient.id} AND emergency_contact IS NULL AND medication IS NOT NULL`;
    expect(await countOf(server.ctx, kept)).toBe(1);
    await server.ctx.db.execute(
      sql`UPDATE accounts SET deleted_at = now() - interval '29 years', created_at = now() - interval '30 years' WHERE id = ${patient.id}`,
    );
    const { removeDueRecords } = await import('./remove-records.ts');
    expect(await removeDueRecords(server.ctx)).toBe(1);
    for (const table of ['diagnoses', 'diagnosis_corrections', 'summary_checks'])
      expect(
        await countOf(
          server.ctx,
          sql`SELECT count(*) AS n FROM ${sql.identifier(table)} WHERE request_id = ${requestId}`,
        ),
        table,
      ).toBe(0);
    const left = sql`SELECT count(*) AS n FROM patients WHERE account_id = ${patient.id} AND (medication IS NOT NULL OR conditions IS NOT NULL)`;
    expect(await countOf(server.ctx, left)).toBe(0);
  });
});
