import type { SpecialtyCode } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { emergencyNumbers } from './emergency-numbers.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function ask(patient: Person, to: { specialty?: SpecialtyCode; doctorId?: string }, urgency = 'routine') {
  const { status, body } = await patient.api('POST', '/requests', { ...to, complaint: 'A cough', urgency });
  expect(status).toBe(201);
  return body;
}

/** What others waited lately until a doctor took them. */
async function letOthersWait(specialty: SpecialtyCode, minutes: number[], [patient, doctor]: [Person, Person]) {
  for (const wait of minutes) {
    await server.ctx.db.execute(sql`
      INSERT INTO care_requests (id, patient_id, doctor_id, specialty, open_to_specialty, complaint, urgency, status, submitted_at, accepted_at)
      VALUES (gen_random_uuid(), ${patient.id}, ${doctor.id}, ${specialty}, true, 'A cough', 'routine', 'accepted',
        now() - make_interval(hours => 5, mins => ${wait}), now() - interval '5 hours')`);
  }
}

describe('the place of a request that waits', () => {
  it('counts who comes before: the more urgent, then the older, in the same queue and no other', async () => {
    const specialty = 'hematology';
    const [patient, doctor] = [await server.people.patient(), await server.people.doctor({ specialty })];
    const first = await ask(patient, { specialty });
    expect(first.queue).toMatchObject({ position: 1, ahead: 0 });
    expect((await ask(patient, { specialty })).queue).toMatchObject({ position: 2, ahead: 1 });
    expect((await ask(patient, { specialty }, 'emergency')).queue).toMatchObject({ position: 1, ahead: 0 });
    expect((await ask(patient, { doctorId: doctor.id })).queue).toMatchObject({ position: 1 });
    const { body } = await patient.api('GET', `/requests/${first.id}`);
    expect(body.queue).toMatchObject({ position: 2, ahead: 1 });
    await doctor.api('POST', `/requests/${first.id}/accept`);
    const taken = (await patient.api('GET', `/requests/${first.id}`)).body;
    expect([taken.queue, taken.availability]).toEqual([undefined, undefined]);
  });

  it('is the patient’s to see: no doctor is told of it', async () => {
    const [patient, doctor] = [await server.people.patient(), await server.people.doctor({ specialty: 'neonatology' })];
    const { id } = await ask(patient, { specialty: 'neonatology' });
    const { body } = await doctor.api('GET', `/requests/${id}`);
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['queue', 'availability', 'emergency']));
  });
});

describe('the estimate', () => {
  it('is none while there is too little to go by, and says so', async () => {
    const specialty = 'nutrition';
    const people: [Person, Person] = [await server.people.patient(), await server.people.doctor({ specialty })];
    await letOthersWait(specialty, [5, 5, 5, 5, 5, 5, 5], people);
    const { queue } = await ask(people[0], { specialty });
    expect(queue).toMatchObject({ estimateMinutes: null, basis: 'too-few-waits', basedOn: 7 });
  });

  it('is what three of four really waited who had waited as long already, and none beyond that', async () => {
    const specialty = 'oncology';
    const people: [Person, Person] = [await server.people.patient(), await server.people.doctor({ specialty })];
    await letOthersWait(specialty, [10, 10, 10, 10, 20, 20, 40, 40, 40], people);
    const { id, queue } = await ask(people[0], { specialty });
    expect(queue).toMatchObject({ estimateMinutes: 40, basis: 'recent-waits', basedOn: 9 });
    const waited = async (minutes: number) => {
      await server.ctx.db.execute(
        sql`UPDATE care_requests SET submitted_at = now() - make_interval(mins => ${minutes}) WHERE id = ${id}`,
      );
      return (await people[0].api('GET', `/requests/${id}`)).body.queue;
    };
    expect(await waited(15)).toMatchObject({ estimateMinutes: 25, basis: 'recent-waits' });
    expect(await waited(45)).toMatchObject({ estimateMinutes: null, basis: 'longer-than-usual' });
    // Of another urgency, and of whom was asked in person, these waits say nothing.
    expect((await ask(people[0], { specialty }, 'urgent')).queue).toMatchObject({ basis: 'too-few-waits', basedOn: 0 });
    expect((await ask(people[0], { doctorId: people[1].id })).queue).toMatchObject({ basedOn: 0 });
  });
});

describe('where nobody is available', () => {
  it('the patient is told in the answer itself, with whom to ask instead, and told otherwise once somebody is there', async () => {
    const specialty = 'radiology';
    const { people } = server;
    const [patient, doctor] = [await people.patient(), await people.doctor({ specialty })];
    await people.doctor({ specialty: 'family_medicine' });
    await people.doctor({ specialty, approved: false });
    await doctor.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    const { id, availability } = await ask(patient, { specialty });
    const instead = expect.arrayContaining([{ code: 'family_medicine', name: 'Family medicine' }]);
    expect(availability).toEqual({ state: 'nobody-accepting', doctors: 0, askInstead: instead });
    await doctor.api('PATCH', '/me', { doctor: { acceptingRequests: true } });
    const { body } = await patient.api('GET', `/requests/${id}`);
    expect(body.availability).toEqual({ state: 'available', doctors: 1, askInstead: [] });
  });

  it('because the doctor who was asked is away, the colleagues are named first', async () => {
    const specialty = 'rheumatology';
    const [patient, doctor, colleague] = [
      await server.people.patient(),
      await server.people.doctor({ specialty }),
      await server.people.doctor({ specialty }),
    ];
    const { id, availability } = await ask(patient, { doctorId: doctor.id });
    expect(availability).toMatchObject({ state: 'available', doctors: 1 });
    await doctor.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    const away = (await patient.api('GET', `/requests/${id}`)).body.availability;
    expect(away).toMatchObject({ state: 'doctor-away', doctors: 0 });
    expect(away.askInstead[0]).toEqual({ code: specialty, name: 'Rheumatology' });
    await colleague.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    const alone = (await patient.api('GET', `/requests/${id}`)).body.availability;
    expect(alone.askInstead.map(({ code }: { code: string }) => code)).not.toContain(specialty);
  });

  it('who accepts no requests finds none of the specialty in the box, and those sent in person', async () => {
    const specialty = 'palliative_care';
    const [patient, doctor] = [await server.people.patient(), await server.people.doctor({ specialty })];
    const inPerson = await ask(patient, { doctorId: doctor.id });
    const open = await ask(patient, { specialty });
    const box = async () =>
      (await doctor.api('GET', '/requests?box=incoming')).body.items.map(({ id }: { id: string }) => id);
    expect(await box()).toEqual([inPerson.id, open.id]);
    await doctor.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    expect(await box()).toEqual([inPerson.id]);
  });
});

describe('whom to call', () => {
  it.each([
    ['Germany', '112', '0800 1110111'],
    ['Deutschland', '112', '0800 1110111'],
    ['España', '112', '024'],
    ['Estados Unidos', '911', '988'],
    ['USA', '911', '988'],
    ['gb', '999', '116 123'],
    ['Österreich', '144', '142'],
    ['Norwegen', '113', '116 123'],
    ['Switzerland', '144', '143'],
    ['Serbia', '194', null],
    ['Albania', null, null],
    ['Japan', '119', null],
    ['Atlantis', null, null],
    [null, null, null],
  ])('in %s is %s', (country, number, crisisLine) => {
    expect(emergencyNumbers(country)).toEqual({ number, crisisLine });
  });

  it('comes with one’s own request while it goes on, by the country of one’s address', async () => {
    const [patient, doctor] = [await server.people.patient(), await server.people.doctor()];
    expect((await ask(patient, { doctorId: doctor.id })).emergency).toEqual({ number: null, crisisLine: null });
    await patient.api('PATCH', '/me', { address: { country: 'Portugal', city: 'Porto' } });
    const { id, emergency } = await ask(patient, { doctorId: doctor.id });
    expect(emergency).toEqual({ number: '112', crisisLine: null });
    await patient.api('POST', `/requests/${id}/cancel`, {});
    expect((await patient.api('GET', `/requests/${id}`)).body.emergency).toBeUndefined();
  });
});
