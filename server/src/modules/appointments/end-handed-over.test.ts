import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobsAreDone } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { endHandedOver } from './end-handed-over.ts';
import { openDue } from './keep-time.ts';
import { beginsIn, bookOne, freeSlots, openDoctor } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** An appointment whose room is open, that is so far away (`'-40 minutes'`: over) when the request changes hands. */
async function handedOver(span: string) {
  const [patient, from, to] = await Promise.all([server.people.patient(), openDoctor(server), openDoctor(server)]);
  const { id, requestId, startsAt } = await bookOne(patient, from);
  await beginsIn(server.ctx, id, '5 minutes');
  await openDue(server.ctx);
  await beginsIn(server.ctx, id, span);
  const act = (person: Person, what: string, body?: object) =>
    person.api('POST', `/requests/${requestId}/transfer${what}`, body);
  expect((await act(from, '', { doctorId: to.id })).status).toBe(201);
  expect((await act(patient, '/consent')).status).toBe(200);
  expect((await act(to, '/accept')).status).toBe(200);
  await jobsAreDone(server.ctx);
  const appointmentOf = async (person: Person) => (await person.api('GET', `/appointments/${id}`)).body;
  const request = async () => (await patient.api('GET', `/requests/${requestId}`)).body;
  return { id, requestId, startsAt, patient, from, to, appointmentOf, request };
}

const cancelled = 'Your appointment was cancelled';
const mailsTo = ({ email }: Person) =>
  server.mailbox.mails.filter(({ to, subject }) => to === email && subject === cancelled);

describe('an appointment whose request went to another doctor', () => {
  it.each(['5 minutes', '-10 minutes'])(
    '(%s away) is cancelled, and all three are told once; the request goes on',
    async (span) => {
      const { requestId, patient, from, to, appointmentOf, request, id, startsAt } = await handedOver(span);
      for (const person of [patient, from]) {
        const { status, changedBy, handedTo } = await appointmentOf(person);
        expect([status, changedBy, handedTo.id]).toEqual(['cancelled', 'system', to.id]);
      }
      expect(await request()).toMatchObject({ status: 'accepted', doctor: { id: to.id } });
      expect(await freeSlots(patient, from)).toContain(startsAt);
      await endHandedOver(server.ctx, { requestId, fromDoctorId: from.id, toDoctorId: to.id });
      await jobsAreDone(server.ctx);
      const [toPatient, toFrom, toTaker] = [patient, from, to].map((person) => mailsTo(person)[0]);
      expect([patient, from, to].map((person) => mailsTo(person).length)).toEqual([1, 1, 1]);
      expect(toPatient?.text).toContain('book a time');
      expect(toFrom?.text).toContain('you have handed the request over');
      expect(toTaker?.text).toContain(`/consultations/${requestId}`);
      expect([toPatient, toFrom, toTaker].map((mail) => mail?.raw.includes('METHOD:CANCEL'))).toEqual([
        true,
        true,
        false,
      ]);
      expect((await appointmentOf(to)).code).toBe('not-found');
      // The doctor before can do nothing to it that would end what is another's now.
      for (const [what, body] of [
        ['no-show', undefined],
        ['cancel', { reason: 'x' }],
      ] as const)
        expect((await from.api('POST', `/appointments/${id}/${what}`, body)).status).toBe(409);
      expect((await request()).status).toBe('accepted');
    },
  );

  it('stays as it is once it is over, and ends the request no more', async () => {
    const { id, patient, from, to, appointmentOf, request } = await handedOver('-40 minutes');
    expect(await appointmentOf(patient)).toMatchObject({ status: 'booked', handedTo: null });
    expect((await from.api('POST', `/appointments/${id}/no-show`)).status).toBe(200);
    expect(await request()).toMatchObject({ status: 'accepted', doctor: { id: to.id } });
    expect(mailsTo(to)).toEqual([]);
  });
});
