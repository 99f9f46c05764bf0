import { bookAppointment, listSlots, setHours } from '#server/modules/appointments/index.ts';
import type { Ctx } from '../context.ts';
import { cases } from './data/cases/all-cases.ts';
import type { Actors } from './make-people.ts';
import type { Cast, PlannedDoctor, PlannedPatient } from './plan-people.ts';

/** In the mornings and afternoons, or at a stretch: of two doctors each does it differently. */
const weeks = [
  [
    { from: '09:00', to: '12:00' },
    { from: '14:00', to: '17:00' },
  ],
  [{ from: '08:00', to: '14:00' }],
] as const;
const workdays = [1, 2, 3, 4, 5];

/** Gives every approved doctor hours, and books some: with the demo doctor, and by the demo patient. */
export async function playAppointments(ctx: Ctx, actors: Actors, { doctors, patients }: Cast): Promise<number> {
  for (const [index, doctor] of doctors.entries()) {
    const windows = weeks[index % weeks.length] ?? [];
    await setHours(ctx.as(actors.of(doctor)), {
      ...{ timeZone: doctor.timeZone, slotMinutes: index % 3 === 0 ? 20 : 30, breakMinutes: index % 3 === 0 ? 10 : 0 },
      ...{ noticeMinutes: 120, aheadDays: 60 },
      weekly: workdays.flatMap((weekday) => windows.map((window) => ({ weekday, ...window }))),
    });
  }
  const [demoDoctor] = doctors;
  const [demoPatient, ...others] = patients;
  const skin = doctors.find(({ specialty, profile }) => specialty === 'dermatology' && profile.acceptingRequests);
  if (demoDoctor === undefined || demoPatient === undefined || skin === undefined)
    throw new Error('The demo has nobody to book with.');
  await bookSlot(ctx, actors, { patient: demoPatient, doctor: demoDoctor, inDays: 2, matter: 0 });
  await bookSlot(ctx, actors, { patient: demoPatient, doctor: skin, inDays: 9, matter: 1 });
  const guests = others.slice(0, 3);
  for (const [index, patient] of guests.entries())
    await bookSlot(ctx, actors, { patient, doctor: demoDoctor, inDays: 2 + index, matter: index + 1 });
  return 2 + guests.length;
}

type Booking = { patient: PlannedPatient; doctor: PlannedDoctor; inDays: number; matter: number };

/** The first free slot from some days ahead on: the demo is filled at any time of any day. */
async function bookSlot(ctx: Ctx, actors: Actors, { patient, doctor, inDays, matter }: Booking): Promise<void> {
  const asPatient = ctx.as(actors.of(patient));
  const doctorId = actors.of(doctor).accountId;
  const day = (days: number) => new Date(ctx.clock.now().getTime() + days * 86_400_000).toISOString();
  const { items } = await listSlots(asPatient, { id: doctorId, from: day(inDays), to: day(inDays + 7) });
  const own = cases.filter(({ specialty }) => specialty === doctor.specialty);
  const what = own[matter % own.length];
  const complaint = what?.complaints[0]?.replace('{since}', 'for some days');
  if (items[0] === undefined || what === undefined || complaint === undefined)
    throw new Error('The demo has nothing to book.');
  await bookAppointment(asPatient, { doctorId, startsAt: items[0].startsAt, complaint, urgency: what.urgency });
}
