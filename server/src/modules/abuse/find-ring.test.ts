import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobsAreDone } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import type { TestServer } from '../../../test/harness.ts';
import { newId } from '../../platform/id.ts';
import { deviceOf, networkOf } from '../identity/sessions/device.ts';
import { findRing } from './find-ring.ts';
import { call, casesOf, startGuarded, times, untilStep } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGuarded();
});
afterAll(() => server.stop());

const phone = (model: string) =>
  `Mozilla/5.0 (${model}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36`;
const devices = ['X11; Linux x86_64', 'Windows NT 10.0', 'Macintosh; Intel Mac OS X 10_15_7', 'Linux; Android 15'];

type From = { ip: string; device: string };

/** Somebody who logs in from a device in a network, is treated, and rates. */
async function rate(doctor: Person, from: From, stars: number): Promise<void> {
  const patient = await server.people.patient();
  const { email, password } = patient;
  const login = await call(server, from.ip, 'POST', '/auth/tokens', { 'user-agent': from.device }, { email, password });
  expect(login.status).toBe(200);
  const complaint = { doctorId: doctor.id, complaint: 'A cough', urgency: 'routine' };
  const { id } = (await patient.api('POST', '/requests', complaint)).body;
  await doctor.api('POST', `/requests/${id}/accept`);
  const diagnosis = { title: 'A cold', description: 'A cold', recommendations: 'Rest' };
  expect((await doctor.api('POST', `/requests/${id}/diagnoses`, diagnosis)).status).toBe(201);
  expect((await patient.api('POST', `/requests/${id}/rating`, { stars })).status).toBe(201);
}

/** As {@link rate} leaves it, without the ways in between: somebody who registered so many days before they rated. */
async function rated(doctor: Person, from: From, stars: number, daysOld = 0): Promise<void> {
  const [{ id }, requestId] = [await server.people.patient(), newId()];
  const { db } = server.ctx;
  await db.execute(
    sql`UPDATE accounts SET created_at = created_at - make_interval(days => ${daysOld}) WHERE id = ${id}`,
  );
  await db.execute(sql`INSERT INTO known_devices (account_id, device, network)
    VALUES (${id}, ${deviceOf(from.device)}, ${networkOf(from.ip)})`);
  await db.execute(sql`INSERT INTO care_requests
    (id, patient_id, doctor_id, specialty, open_to_specialty, complaint, urgency, status, accepted_at, diagnosed_at)
    VALUES (${requestId}, ${id}, ${doctor.id}, 'cardiology', false, 'A cough', 'routine', 'diagnosed', now(), now())`);
  await db.execute(sql`INSERT INTO ratings (request_id, doctor_id, patient_id, stars)
    VALUES (${requestId}, ${doctor.id}, ${id}, ${stars})`);
}

describe('rating-ring', () => {
  it.each([5, 1])(
    'tells an admin of five new accounts from one device that give %d stars, and blocks nobody',
    async (stars) => {
      const doctor = await server.people.doctor();
      const from = { ip: `198.51.100.${stars}`, device: phone(devices[0] ?? '') };
      for (const _ of times(3)) await rated(doctor, from, stars);
      await rate(doctor, from, stars);
      await jobsAreDone(server.ctx);
      expect(await casesOf(server, doctor.id)).toEqual([]);
      await rate(doctor, from, stars);
      const { score } = await untilStep(server, 'rating-ring', doctor.id, 'attention');
      expect(score).toBe(5);
      expect((await doctor.api('GET', '/me')).status).toBe(200);
    },
  );

  it('spares patients of one clinic who rate from its waiting room with their own phones', async () => {
    const doctor = await server.people.doctor();
    for (const n of times(8)) await rated(doctor, { ip: '203.0.113.5', device: phone(devices[n % 4] ?? '') }, 5);
    await findRing(server.ctx, { doctorId: doctor.id });
    expect(await casesOf(server, doctor.id)).toEqual([]);
  });

  it('spares mixed ratings from one device, as of a tablet at the desk', async () => {
    const doctor = await server.people.doctor();
    for (const n of times(8))
      await rated(doctor, { ip: '203.0.113.6', device: phone(devices[0] ?? '') }, n % 2 === 0 ? 5 : 1);
    await findRing(server.ctx, { doctorId: doctor.id });
    expect(await casesOf(server, doctor.id)).toEqual([]);
  });

  it('spares who registered long before they rated', async () => {
    const doctor = await server.people.doctor();
    for (const _ of times(8)) await rated(doctor, { ip: '203.0.113.7', device: phone(devices[0] ?? '') }, 5, 4);
    await findRing(server.ctx, { doctorId: doctor.id });
    expect(await casesOf(server, doctor.id)).toEqual([]);
  });
});
