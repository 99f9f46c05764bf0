import type {
  addHourException as addContract,
  InputOf,
  ReplyOf,
  removeHourException as removeContract,
} from '@openward/contracts';
import { and, count, eq } from 'drizzle-orm';
import { newId } from '#platform/id.ts';
import { invalidField, notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { findConflicts } from './find-conflicts.ts';
import { exceptionView } from './get-hours.ts';
import { lockSchedule, minuteOf, notOver } from './schedule.ts';
import { scheduleExceptions } from './tables.ts';

const maxExceptions = 200;
const longestDays = 366;

/**
 * Days or hours off, or extra hours. Nothing that is booked changes: the answer names what no longer fits.
 * @throws Problem 400 for days or hours in the wrong order or extra hours without an end, 409 `too-many-exceptions`.
 */
export async function addHourException(
  ctx: Ctx,
  input: InputOf<typeof addContract>,
): Promise<ReplyOf<typeof addContract>> {
  const { accountId: doctorId } = actorOf(ctx);
  const values = { id: newId(), doctorId, ...daysOf(input), ...timesOf(input) };
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    await lockSchedule(ctx, doctorId);
    const [coming] = await ctx.db
      .select({ n: count() })
      .from(scheduleExceptions)
      .where(and(eq(scheduleExceptions.doctorId, doctorId), notOver));
    if ((coming?.n ?? 0) >= maxExceptions)
      throw new Problem('too-many-exceptions', { detail: `There are ${maxExceptions} already. Remove some first.` });
    const [row] = await ctx.db.insert(scheduleExceptions).values(values).returning();
    if (row === undefined) throw new Error('The exception was not stored.');
    await audit(ctx, { action: 'hours.changed', subjectType: 'hours', subjectId: doctorId });
    return { exception: exceptionView(row), conflicts: await findConflicts(ctx, doctorId) };
  });
}

/** @throws Problem 404 for one that is not the doctor's own. */
export async function removeHourException(
  ctx: Ctx,
  { id }: InputOf<typeof removeContract>,
): Promise<ReplyOf<typeof removeContract>> {
  const { accountId: doctorId } = actorOf(ctx);
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    await lockSchedule(ctx, doctorId);
    const [removed] = await ctx.db
      .delete(scheduleExceptions)
      .where(and(eq(scheduleExceptions.id, id), eq(scheduleExceptions.doctorId, doctorId)))
      .returning({ id: scheduleExceptions.id });
    if (removed === undefined) throw notFound();
    await audit(ctx, { action: 'hours.changed', subjectType: 'hours', subjectId: doctorId });
    return { conflicts: await findConflicts(ctx, doctorId) };
  });
}

function daysOf({ kind, fromDay, toDay = fromDay }: InputOf<typeof addContract>) {
  if (toDay < fromDay) throw invalidField('toDay', 'order', 'The last day is before the first.');
  const days = (Date.parse(toDay) - Date.parse(fromDay)) / 86_400_000;
  if (days > longestDays)
    throw invalidField('toDay', 'too-long', `At most ${longestDays} days; add another for the rest.`);
  return { kind, fromDay, toDay };
}

function timesOf({ kind, from, to }: InputOf<typeof addContract>) {
  if (kind === 'extra' && (from === undefined || to === undefined))
    throw invalidField(from === undefined ? 'from' : 'to', 'required', 'Say from when until when the extra hours are.');
  const times = { fromMinute: minuteOf(from ?? '00:00'), toMinute: minuteOf(to ?? '24:00') };
  if (times.toMinute <= times.fromMinute) throw invalidField('to', 'order', 'It ends before it begins.');
  return times;
}
