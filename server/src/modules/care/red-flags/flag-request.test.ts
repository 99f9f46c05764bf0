import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf, jobsAreDone, rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { withParts } from '../../../../test/with-parts.ts';
import { sendMessage } from '../../chat/send-message.ts';
import { tellFlags } from '../../chat/tell-flags.ts';
import { acceptAs } from '../../chat/test-support.ts';
import { flagRequestJob } from './flag-request.ts';

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

  describe('that the main database cannot be told of', () => {
    const away = { send: () => Promise.reject(new Error('away')), sendSoon: () => {} };

    async function talking() {
      const [patient, doctor] = await pair();
      const { id } = await ask(patient, doctor, 'A cough.');
      await acceptAs(doctor, id);
      const { sessionId } = patient;
      const ctx = server.ctx.as({
        accountId: patient.id,
        role: 'patient',
        sessionId,
        approved: true,
        factorMissing: false,
      });
      const flagsOf = async () => (await doctor.api('GET', `/requests/${id}`)).body.redFlags;
      const untold = () =>
        countOf(
          withParts(server.ctx, { db: server.ctx.chatDb }),
          sql`SELECT count(*) AS n FROM untold_flags WHERE room_id = ${id}`,
        );
      return { id, ctx, flagsOf, untold };
    }

    it('hold up no message, and are told once it is back, whoever dies in between', async () => {
      const { id, ctx, flagsOf, untold } = await talking();
      const sent = await sendMessage(withParts(ctx, { jobs: away }), { id, clientId: 'p1', text: chestPain });
      expect([sent.message.seq, await untold(), await flagsOf()]).toEqual([1, 1, []]);
      // Again, as a client without an ack would: no second of it.
      await sendMessage(withParts(ctx, { jobs: away }), { id, clientId: 'p1', text: chestPain });
      await expect(tellFlags(withParts(server.ctx, { jobs: away }))).rejects.toThrow('away');
      expect(await untold()).toBe(1);
      expect(await tellFlags(server.ctx)).toBeGreaterThan(0);
      await eventually('the flag is there', async () => (await flagsOf()).length === 1);
      expect([await untold(), await tellFlags(server.ctx)]).toEqual([0, 0]);
      // As after a death between the two databases.
      await server.ctx.jobs.send(flagRequestJob, { requestId: id, flags: [{ rule: 'chest-pain', version: 1 }] });
      await jobsAreDone(server.ctx);
      expect(await flagsOf()).toMatchObject([{ rule: 'chest-pain', source: 'message' }]);
    });

    it('leave the message without an ack where the chat’s database does not keep them either, so that it is sent again', async () => {
      const { id, ctx, flagsOf } = await talking();
      const chatDb = Object.assign(Object.create(ctx.chatDb), {
        insert: () => {
          throw new Error('away too');
        },
      });
      const message = { id, clientId: 'p1', text: chestPain };
      await expect(sendMessage(withParts(ctx, { chatDb, jobs: away }), message)).rejects.toThrow('away too');
      expect((await sendMessage(ctx, message)).duplicate).toBe(true);
      await eventually('the flag is there', async () => (await flagsOf()).length === 1);
    });
  });
});
