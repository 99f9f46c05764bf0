import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { acceptAs } from '../../chat/test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const chestPain = 'zebrafish: I have chest pain.';

async function ask(patient: Person, doctor: Person, complaint: string, urgency = 'routine') {
  const { status, body } = await patient.api('POST', '/requests', { doctorId: doctor.id, complaint, urgency });
  expect(status).toBe(201);
  return body;
}

const pair = () => Promise.all([server.people.patient(), server.people.doctor()]);

describe('red flags in a complaint', () => {
  it('raise the urgency and are seen by the patient and by the doctor who is asked, with whom to call', async () => {
    const [patient, doctor] = await pair();
    await patient.api('PATCH', '/me', { address: { country: 'Germany', city: 'Leipzig' } });
    const submitted = await ask(patient, doctor, chestPain);
    const redFlags = [{ rule: 'chest-pain', version: 1, source: 'complaint', at: expect.any(String) }];
    expect(submitted).toMatchObject({ urgency: 'emergency', redFlags, emergency: { number: '112' } });
    const { body } = await doctor.api('GET', '/requests?box=incoming');
    expect(body.items[0]).toMatchObject({ id: submitted.id, urgency: 'emergency', redFlags });
  });

  it('are none in most, and never lower what the patient said', async () => {
    const [patient, doctor] = await pair();
    expect(await ask(patient, doctor, 'A cough, no chest pain.')).toMatchObject({ urgency: 'routine', redFlags: [] });
    const burn = await ask(patient, doctor, 'A deep burn on the hand.', 'emergency');
    expect([burn.urgency, burn.redFlags[0].rule]).toEqual(['emergency', 'burns']);
  });

  it('stay out of the audit, but for that there were some', async () => {
    const [patient, doctor] = await pair();
    const { id } = await ask(patient, doctor, chestPain);
    const admin = await server.people.admin();
    const { body } = await admin.api('GET', `/admin/audit?subjectId=${id}`);
    const flagged = body.items.filter(({ action }: { action: string }) => action === 'request.flagged');
    expect(flagged).toMatchObject([{ details: { source: 'complaint', urgency: 'emergency' } }]);
    expect(JSON.stringify(body)).not.toMatch(/chest|zebrafish/);
  });

  it('go with the record when that is removed', async () => {
    const [patient, doctor] = await pair();
    const { id } = await ask(patient, doctor, chestPain);
    const exported = (await patient.api('GET', '/me/export')).body;
    expect(exported.requests[0].redFlags).toMatchObject([{ rule: 'chest-pain' }]);
    const admin = await server.people.admin();
    await admin.api('DELETE', `/admin/users/${patient.id}`, { reason: 'Asked' });
    const { removeCareRecord } = await import('../remove-record.ts');
    await server.ctx.tx((ctx) => removeCareRecord(ctx, patient.id));
    expect(await countOf(server.ctx, sql`SELECT count(*) AS n FROM care_red_flags WHERE request_id = ${id}`)).toBe(0);
  });
});

describe('red flags in the chat', () => {
  it('of the patient are kept once, raise the urgency, and only the names of the rules leave the chat’s database', async () => {
    const [patient, doctor] = await pair();
    const { id } = await ask(patient, doctor, 'A cough.');
    await acceptAs(doctor, id);
    const say = (person: Person, clientId: string, text: string) =>
      person.api('POST', `/rooms/${id}/messages`, { clientId, text });
    await say(doctor, 'd1', 'Do you have chest pain?');
    await say(patient, 'p1', 'No chest pain.');
    await say(patient, 'p2', 'zebrafish: now my throat is closing');
    const flagsOf = async () => (await doctor.api('GET', `/requests/${id}`)).body;
    const flagged = await eventually('the flag is there', async () => {
      const body = await flagsOf();
      return body.redFlags.length > 0 && body;
    });
    expect(flagged).toMatchObject({ urgency: 'emergency', status: 'accepted' });
    expect(flagged.redFlags).toMatchObject([{ rule: 'anaphylaxis', source: 'message' }]);
    // Again, and edited into another.
    await say(patient, 'p3', 'my throat is closing more');
    await say(patient, 'p4', 'I feel odd');
    await patient.api('PATCH', `/rooms/${id}/messages/5`, { text: 'I have chest pain' });
    await eventually('the edit is read', async () => (await flagsOf()).redFlags.length === 2);
    expect((await flagsOf()).redFlags.map(({ rule }: { rule: string }) => rule).sort()).toEqual([
      'anaphylaxis',
      'chest-pain',
    ]);
    const everywhere = await rowsOf(
      server.ctx,
      sql`SELECT 1 FROM jobs.job WHERE data::text LIKE '%zebrafish%' UNION ALL SELECT 1 FROM audit_log WHERE details::text LIKE '%zebrafish%'`,
    );
    expect(everywhere).toEqual([]);
  });

  it('hold up no message while the main database does not take the job', async () => {
    const [patient, doctor] = await pair();
    const { id } = await ask(patient, doctor, 'A cough.');
    await acceptAs(doctor, id);
    const { sendMessage } = await import('../../chat/send-message.ts');
    const ctx = server.ctx.as({
      accountId: patient.id,
      role: 'patient',
      sessionId: patient.sessionId,
      approved: true,
      factorMissing: false,
    });
    const away = { ...ctx, jobs: { send: () => Promise.reject(new Error('away')) } };
    const sent = await sendMessage(away, { id, clientId: 'p1', text: chestPain });
    expect(sent.message.seq).toBe(1);
    // What the client sends again, since it had no ack, is looked at again.
    await sendMessage(ctx, { id, clientId: 'p1', text: chestPain });
    await eventually('the flag is there', async () => {
      return (await doctor.api('GET', `/requests/${id}`)).body.redFlags.length === 1;
    });
  });
});
