import type { Hours } from '@openward/contracts';
import { and, eq, gt, inArray, lt, ne, or, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import type { Schedule, Span, Window } from './slots.ts';
import { appointments, scheduleExceptions, scheduleHours, schedules } from './tables.ts';

export const booked = eq(appointments.status, 'booked');

/** The database’s clock, in whole ms. */
export const databaseNow = sql<number>`floor(extract(epoch FROM now()) * 1000)::float8`;

/**
 * Keeps a doctor's hours and bookings as they are until the transaction ends, for whoever asks for this too: of many who want the
 * same slot one comes first, and the others see it taken.
 */
export async function lockSchedule(ctx: Ctx, doctorId: string): Promise<void> {
  await ctx.db.select({ id: schedules.doctorId }).from(schedules).where(eq(schedules.doctorId, doctorId)).for('update');
}

/** A doctor's hours with what is not over of the exceptions, and the time; null for one who has never set any. */
export async function loadSchedule(ctx: Ctx, doctorId: string): Promise<{ schedule: Schedule | null; nowMs: number }> {
  const [clock] = await ctx.db.select({ nowMs: databaseNow }).from(sql`(SELECT 1) AS one`);
  if (clock === undefined) throw new Error('The database has no time.');
  const [row] = await ctx.db.select().from(schedules).where(eq(schedules.doctorId, doctorId));
  if (row === undefined) return { ...clock, schedule: null };
  const weekly = await ctx.db.select().from(scheduleHours).where(eq(scheduleHours.doctorId, doctorId));
  const ofDoctor = eq(scheduleExceptions.doctorId, doctorId);
  const exceptions = await ctx.db.select().from(scheduleExceptions).where(and(ofDoctor, notOver));
  return { ...clock, schedule: { ...row, weekly, exceptions } };
}

/** Wherever the doctor is: a day is over everywhere a day later. */
export const notOver = sql`${scheduleExceptions.toDay} >= current_date - 1`;

/** What is booked of these people within a span, but for one appointment. */
export async function bookedOf(
  ctx: Ctx,
  accountIds: readonly string[],
  { startMs, endMs }: Span,
  exceptId?: string,
): Promise<Span[]> {
  const rows = await ctx.db
    .select({ startsAt: appointments.startsAt, endsAt: appointments.endsAt })
    .from(appointments)
    .where(
      and(
        booked,
        or(inArray(appointments.doctorId, [...accountIds]), inArray(appointments.patientId, [...accountIds])),
        endsAfter(new Date(startMs).toISOString()),
        lt(appointments.startsAt, new Date(endMs).toISOString()),
        exceptId === undefined ? undefined : ne(appointments.id, exceptId),
      ),
    );
  return rows.map(({ startsAt, endsAt }) => ({ startMs: Date.parse(startsAt), endMs: Date.parse(endsAt) }));
}

const longestMs = 120 * 60_000;

/** Not over at a time. The indexes go by the start, and none is longer than `longestMs`. */
export function endsAfter(time: string) {
  const startsAfter = new Date(Date.parse(time) - longestMs).toISOString();
  return and(gt(appointments.startsAt, startsAfter), gt(appointments.endsAt, time));
}

/** `09:30` → 570. */
export function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function timeOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** A window as it goes out. */
export function windowView({ fromMinute, toMinute }: Window): { from: string; to: string } {
  return { from: timeOf(fromMinute), to: timeOf(toMinute) };
}

export function hoursView({ weekly, ...schedule }: Schedule): Hours {
  const { timeZone, slotMinutes, breakMinutes, noticeMinutes, aheadDays } = schedule;
  const inOrder = weekly.toSorted((one, other) => one.weekday - other.weekday || one.fromMinute - other.fromMinute);
  return {
    ...{ timeZone, slotMinutes, breakMinutes, noticeMinutes, aheadDays },
    weekly: inOrder.map((window) => ({ weekday: window.weekday, ...windowView(window) })),
  };
}
