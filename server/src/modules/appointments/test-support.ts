import type { Appointment } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import type { Person } from '../../../test/factories.ts';
import type { TestServer } from '../../../test/harness.ts';
import type { Actor, Ctx } from '../../context.ts';

/** Half hours around the clock, from this minute on: in a test any time will do. */
export const alwaysOpen = {
  timeZone: 'Europe/Berlin',
  ...{ slotMinutes: 30, breakMinutes: 0, noticeMinutes: 0, aheadDays: 60 },
  weekly: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })),
};

/** A doctor who takes appointments at any time. */
export async function openDoctor(server: TestServer, hours: object = {}): Promise<Person> {
  const doctor = await server.people.doctor();
  const { status, body } = await doctor.api('PUT', '/me/hours', { ...alwaysOpen, ...hours });
  if (status !== 200) throw new Error(`The hours were not taken: ${JSON.stringify(body)}`);
  return doctor;
}

/** Free slots of a doctor from some days ahead on, as somebody sees them. */
export async function freeSlots(caller: Person, doctor: Person, inDays = 3): Promise<string[]> {
  const [from, to] = [inDays, inDays + 2.5].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  const { body } = await caller.api('GET', `/doctors/${doctor.id}/slots?from=${from}&to=${to}`);
  return body.items.map(({ startsAt }: { startsAt: string }) => startsAt);
}

export function book(patient: Person, doctor: Person, startsAt: string, more: object = {}) {
  return patient.api('POST', '/appointments', { doctorId: doctor.id, startsAt, complaint: 'A sore throat.', ...more });
}

/** A booked appointment, some days ahead. */
export async function bookOne(patient: Person, doctor: Person, inDays = 3): Promise<Appointment> {
  const [slot = ''] = await freeSlots(patient, doctor, inDays);
  const { status, body } = await book(patient, doctor, slot);
  if (status !== 201) throw new Error(`It was not booked: ${JSON.stringify(body)}`);
  return body;
}

/** As if the appointment had been booked for so much later or earlier (`'-2 hours'`) than now. */
export async function beginsIn(ctx: Ctx, id: string, span: string): Promise<void> {
  const begin = sql`date_trunc('milliseconds', now() + ${span}::interval)`;
  await ctx.db.execute(sql`
    UPDATE care_requests SET appointment_at = ${begin}, reserved_until = ${begin} + interval '30 minutes'
    WHERE id = (SELECT request_id FROM appointments WHERE id = ${id})`);
  await ctx.db.execute(sql`
    UPDATE appointments SET starts_at = ${begin}, ends_at = ${begin} + interval '30 minutes' WHERE id = ${id}`);
}

/** For calls of use cases without HTTP. */
export function actorFor({ id, sessionId }: Person, role: Actor['role']): Actor {
  return { accountId: id, role, sessionId, approved: true, factorMissing: false };
}
