import type { Appointment, moveAppointment as contract, InputOf } from '@openward/contracts';
import { eq, sql } from 'drizzle-orm';
import { isExclusion } from '#platform/database/connect.ts';
import { invalidField, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { moveReservation } from '#server/modules/care/index.ts';
import { holdAccount, holdActor } from '#server/modules/identity/index.ts';
import { type AppointmentRow, appointmentFor, holdAppointment } from './access.ts';
import { instantOf } from './input.ts';
import { tellBoth } from './mails/appointment-mail.ts';
import { nextReminder } from './reminders.ts';
import { requireChangeable } from './require-changeable.ts';
import { lockSchedule } from './schedule.ts';
import { appointments } from './tables.ts';
import { taken, takeSlot } from './take-slot.ts';
import { viewAppointment } from './view.ts';

/**
 * To another free slot of the same doctor; to where it is already, nothing changes.
 * @throws Problem 404, 400 for a doctor without a reason, 409 `invalid-transition`, `change-window-closed`, `too-many-moves`,
 *   `slot-unavailable`, `slot-taken`.
 */
export async function moveAppointment(ctx: Ctx, input: InputOf<typeof contract>): Promise<Appointment> {
  const { id, reason } = input;
  const by = actorOf(ctx).role === 'doctor' ? 'doctor' : 'patient';
  const { doctorId } = await appointmentFor(ctx, id);
  const startMs = instantOf('startsAt', input.startsAt);
  if (by === 'doctor' && reason === undefined)
    throw invalidField('reason', 'required', 'Tell the patient why: write a reason.');
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    // Before the schedule, as whoever deletes the doctor takes them: otherwise each waits for the other.
    await holdAccount(ctx, doctorId);
    await lockSchedule(ctx, doctorId);
    const row = await holdAppointment(ctx, id);
    if (row.status === 'booked' && Date.parse(row.startsAt) === startMs) return viewAppointment(ctx, row);
    await requireChangeable(ctx, row, { by, act: 'moved', until: row.startsAt });
    if (by === 'patient') refuseTooOften(ctx, row);
    const slot = await takeSlot(ctx, { doctorId, patientId: row.patientId, startMs, by, exceptId: id });
    const times = { startsAt: new Date(slot.startMs).toISOString(), endsAt: new Date(slot.endMs).toISOString() };
    const moved = await store(ctx, id, {
      ...{ ...times, reason: reason ?? null, changedBy: by },
      moves: row.moves + (by === 'patient' ? 1 : 0),
      nextReminderAt: nextReminder(ctx.config.appointments.remindersMinutes, slot.startMs, slot.nowMs),
    });
    await moveReservation(ctx, row.requestId, { appointmentAt: times.startsAt, reservedUntil: times.endsAt });
    await audit(ctx, {
      action: 'appointment.moved',
      subjectType: 'appointment',
      subjectId: id,
      ownerId: row.patientId,
      details: { doctorId, by },
    });
    await tellBoth(ctx, moved, 'moved');
    return viewAppointment(ctx, moved);
  });
}

function refuseTooOften(ctx: Ctx, { moves }: AppointmentRow): void {
  const { maxMoves } = ctx.config.appointments;
  if (moves < maxMoves) return;
  throw new Problem('too-many-moves', {
    detail: `It was moved ${moves} times, which is as often as it can be. Keep it, or cancel it and book another.`,
  });
}

/** The doctor's schedule is locked, the patient's day is not: what is booked there at this moment shows here. */
async function store(
  ctx: Ctx,
  id: string,
  changes: Partial<typeof appointments.$inferInsert>,
): Promise<AppointmentRow> {
  try {
    const [row] = await ctx.db
      .update(appointments)
      .set({ ...changes, sequence: sql`${appointments.sequence} + 1` })
      .where(eq(appointments.id, id))
      .returning();
    if (row === undefined) throw new Error('The appointment was not moved.');
    return row;
  } catch (error) {
    if (isExclusion(error)) throw taken();
    throw error;
  }
}
