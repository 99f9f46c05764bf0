import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobsAreDone } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import type { TestServer } from '../../../test/harness.ts';
import { call, casesOf, startGuarded, times, untilStep } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGuarded();
});
afterAll(() => server.stop());

const phone = (model: string) =>
  `Mozilla/5.0 (${model}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36`;
const devices = ['X11; Linux x86_64', 'Windows NT 10.0', 'Macintosh; Intel Mac OS X 10_15_7', 'Linux; Android 15'];

/** Somebody who logs in from a device in a network, is treated, and rates. */
async function rate(doctor: Person, from: { ip: string; device: string }, stars: number): Promise<void> {
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

describe('rating-ring', () => {
  it.each([5, 1])(
    'tells an admin of five new accounts from one device that give %d stars, and blocks nobody',
    async (stars) => {
      const doctor = await server.people.doctor();
      const from = { ip: `198.51.100.${stars}`, device: phone(devices[0] ?? '') };
      for (const _ of times(4)) await rate(doctor, from, stars);
      await jobsAreDone(server.ctx);
      expect(await casesOf(server, doctor.id)).toEqual([]);
      await rate(doctor, from, stars);
      const { score } = await untilStep(server, 'rating-ring', doctor.id, 'attention');
      expect(score).toBe(5);
      expect((await doctor.api('GET', '/me')).status).toBe(200);
      await rate(doctor, from, stars);
    },
  );

  it('spares patients of one clinic who rate from its waiting room with their own phones, and mixed ratings', async () => {
    const [liked, mixed, older] = [
      await server.people.doctor(),
      await server.people.doctor(),
      await server.people.doctor(),
    ];
    for (const index of times(8)) {
      await rate(liked, { ip: '203.0.113.5', device: phone(devices[index % 4] ?? '') }, 5);
      await rate(mixed, { ip: '203.0.113.6', device: phone('X11; Linux x86_64') }, 1 + (index % 5));
    }
    // Of accounts that have been there for a week.
    for (const _ of times(6)) {
      await rate(older, { ip: '203.0.113.7', device: phone('X11; Linux x86_64') }, 4);
      await server.ctx.db.execute(sql`UPDATE accounts SET created_at = created_at - interval '7 days'
        WHERE id IN (SELECT patient_id FROM ratings WHERE doctor_id = ${older.id})`);
      await server.ctx.db.execute(sql`UPDATE ratings SET stars = 5 WHERE doctor_id = ${older.id}`);
    }
    await rate(older, { ip: '203.0.113.7', device: phone('X11; Linux x86_64') }, 5);
    await jobsAreDone(server.ctx);
    for (const { id } of [liked, mixed, older]) expect(await casesOf(server, id)).toEqual([]);
  });
});
