import type { Appointment } from '@openward/contracts';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { booked, loadSchedule } from './schedule.ts';
import { fits } from './slots.ts';
import { appointments } from './tables.ts';
import { viewAppointments } from './view.ts';

const most = 100;

/** What is booked with a doctor and no longer fits the hours, earliest first. It stays booked: moving it is a person's decision. */
export async function findConflicts(ctx: Ctx, doctorId: string): Promise<Appointment[]> {
  const rows = await ctx.db
    .select()
    .from(appointments)
    .where(and(booked, eq(appointments.doctorId, doctorId), gt(appointments.startsAt, sql`now()`)))
    .orderBy(asc(appointments.startsAt), asc(appointments.id));
  const { schedule } = await loadSchedule(ctx, doctorId);
  const unfit = rows.filter(
    ({ startsAt, endsAt }) =>
      schedule === null || !fits(schedule, { startMs: Date.parse(startsAt), endMs: Date.parse(endsAt) }),
  );
  return viewAppointments(ctx, unfit.slice(0, most));
}
