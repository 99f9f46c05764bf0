import type { Appointment, bookAppointment as contract, InputOf } from '@openward/contracts';
import { and, count, eq, gt, sql } from 'drizzle-orm';
import { newId } from '#platform/id.ts';
import { notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { submitReserved } from '#server/modules/care/index.ts';
import { findDoctor } from '#server/modules/doctors/index.ts';
import { holdAccount, holdActor } from '#server/modules/identity/index.ts';
import { instantOf, zoneOf } from './input.ts';
import { tellBoth } from './mails/appointment-mail.ts';
import { nextReminder } from './reminders.ts';
import { booked, lockSchedule } from './schedule.ts';
import { appointments } from './tables.ts';
import { taken, takeSlot } from './take-slot.ts';
import { viewAppointment } from './view.ts';

/** Of one patient, to come. */
const mostToCome = 20;

/**
 * A patient books a slot: a request that is kept for the doctor, and the appointment that it is for. Of many who want the same slot
 * one gets it; below the code, Postgres lets nobody be at two places at once.
 * @throws Problem 404 for a doctor whom patients cannot find, 409 `slot-unavailable`, `slot-taken`, `doctor-not-accepting`,
 *   `too-many-appointments`.
 */
export async function bookAppointment(ctx: Ctx, input: InputOf<typeof contract>): Promise<Appointment> {
  const { doctorId, complaint, urgency = 'routine' } = input;
  const { accountId: patientId } = actorOf(ctx);
  const wantedMs = instantOf('startsAt', input.startsAt);
  const zone = input.timeZone === undefined ? null : zoneOf('timeZone', input.timeZone);
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    // Before the schedule, as whoever deletes the doctor takes them: otherwise each waits for the other.
    await holdAccount(ctx, doctorId);
    if ((await findDoctor(ctx, doctorId))?.listed !== true) throw notFound();
    await lockSchedule(ctx, doctorId);
    const slot = await takeSlot(ctx, { doctorId, patientId, startMs: wantedMs, by: 'patient' });
    await refuseTooMany(ctx, patientId);
    const startsAt = new Date(slot.startMs).toISOString();
    const endsAt = new Date(slot.endMs).toISOString();
    const times = { appointmentAt: startsAt, reservedUntil: endsAt };
    const { id: requestId } = await submitReserved(ctx, { doctorId, complaint, urgency, ...times });
    const [row] = await ctx.db
      .insert(appointments)
      .values({
        ...{ id: newId(), requestId, patientId, doctorId, startsAt, endsAt },
        patientTimeZone: zone ?? slot.timeZone,
        nextReminderAt: nextReminder(ctx.config.appointments.remindersMinutes, slot.startMs, slot.nowMs),
      })
      .onConflictDoNothing()
      .returning();
    if (row === undefined) throw taken();
    await audit(ctx, {
      action: 'appointment.booked',
      subjectType: 'appointment',
      subjectId: row.id,
      details: { doctorId, requestId },
    });
    await tellBoth(ctx, row, 'booked');
    return viewAppointment(ctx, row);
  });
}

async function refuseTooMany(ctx: Ctx, patientId: string): Promise<void> {
  const [coming] = await ctx.db
    .select({ n: count() })
    .from(appointments)
    .where(and(booked, eq(appointments.patientId, patientId), gt(appointments.startsAt, sql`now()`)));
  if ((coming?.n ?? 0) < mostToCome) return;
  throw new Problem('too-many-appointments', {
    detail: `You have ${mostToCome} appointments to come. Cancel one that you do not need, or wait until one is over.`,
  });
}
