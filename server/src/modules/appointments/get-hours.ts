import type {
  getHours as contract,
  listHourExceptions as exceptionsContract,
  HourException,
  ReplyOf,
} from '@openward/contracts';
import { and, asc, eq } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { hoursView, loadSchedule, notOver, windowView } from './schedule.ts';
import { scheduleExceptions } from './tables.ts';

/** A doctor's own hours. */
export async function getHours(ctx: Ctx): Promise<ReplyOf<typeof contract>> {
  const { schedule } = await loadSchedule(ctx, actorOf(ctx).accountId);
  return { hours: schedule === null ? null : hoursView(schedule) };
}

/** A doctor's own exceptions that are not over. There are never more than `maxExceptions`. */
export async function listHourExceptions(ctx: Ctx): Promise<ReplyOf<typeof exceptionsContract>> {
  const rows = await ctx.db
    .select()
    .from(scheduleExceptions)
    .where(and(eq(scheduleExceptions.doctorId, actorOf(ctx).accountId), notOver))
    .orderBy(asc(scheduleExceptions.fromDay), asc(scheduleExceptions.fromMinute), asc(scheduleExceptions.id));
  return { items: rows.map(exceptionView) };
}

export function exceptionView(row: typeof scheduleExceptions.$inferSelect): HourException {
  const { id, kind, fromDay, toDay } = row;
  return { id, kind, fromDay, toDay, ...windowView(row) };
}
