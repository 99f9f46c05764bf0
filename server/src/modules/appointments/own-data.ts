import type { Hours } from '@openward/contracts';
import { and, asc, eq, isNotNull, sql } from 'drizzle-orm';
import { readPages } from '#platform/database/read-pages.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { type AppointmentRow, ownAppointments } from './access.ts';
import { getHours, listHourExceptions } from './get-hours.ts';
import { appointments, scheduleExceptions, scheduleHours, schedules } from './tables.ts';

type Told = Pick<AppointmentRow, 'id' | 'requestId' | 'status' | 'startsAt' | 'endsAt' | 'createdAt' | 'reason'>;

/** All appointments of the caller for the export. Of reasons, a doctor gets those that the doctor wrote. */
export async function appointmentsAbout(ctx: Ctx): Promise<Told[]> {
  const isDoctor = actorOf(ctx).role === 'doctor';
  const rows = await readPages<AppointmentRow>((after, limit) =>
    ctx.db
      .select()
      .from(appointments)
      .where(
        and(
          ownAppointments(ctx),
          after === null
            ? undefined
            : sql`(${appointments.startsAt}, ${appointments.id}) > (${after.startsAt}::timestamptz, ${after.id}::uuid)`,
        ),
      )
      .orderBy(asc(appointments.startsAt), asc(appointments.id))
      .limit(limit),
  );
  return rows.map(({ id, requestId, status, startsAt, endsAt, createdAt, reason, changedBy }) => ({
    ...{ id, requestId, status, startsAt, endsAt, createdAt },
    reason: isDoctor && changedBy !== 'doctor' ? null : reason,
  }));
}

/** A doctor's hours and exceptions for the export; null for everybody else. */
export async function hoursAbout(ctx: Ctx): Promise<{ hours: Hours | null; exceptions: unknown[] } | null> {
  if (actorOf(ctx).role !== 'doctor') return null;
  const [{ hours }, { items }] = [await getHours(ctx), await listHourExceptions(ctx)];
  return { hours, exceptions: items };
}

/** A doctor's account is deleted: nobody can book any more, and when the doctor worked is nobody's business. */
export async function eraseHours(ctx: Ctx, doctorId: string): Promise<void> {
  await ctx.db.delete(scheduleExceptions).where(eq(scheduleExceptions.doctorId, doctorId));
  await ctx.db.delete(scheduleHours).where(eq(scheduleHours.doctorId, doctorId));
  await ctx.db.delete(schedules).where(eq(schedules.doctorId, doctorId));
}

/** The text in a patient's appointments is removed for good; that and when they were stays, as of the requests. */
export async function removeAppointmentTexts(ctx: Ctx, patientId: string): Promise<void> {
  await ctx.db
    .update(appointments)
    .set({ reason: null })
    .where(and(eq(appointments.patientId, patientId), isNotNull(appointments.reason)));
}
