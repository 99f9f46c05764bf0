import type { setHours as contract, InputOf, ReplyOf } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { invalidField } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { findConflicts } from './find-conflicts.ts';
import { zoneOf } from './input.ts';
import { hoursView, loadSchedule, minuteOf } from './schedule.ts';
import { scheduleHours, schedules } from './tables.ts';

type Input = InputOf<typeof contract>;

/**
 * A doctor's weekly hours, all of them at once. Nothing that is booked changes: the answer names what no longer fits.
 * @throws Problem 400 for an unknown zone, hours that end before they begin, are shorter than a slot, or overlap.
 */
export async function setHours(ctx: Ctx, input: Input): Promise<ReplyOf<typeof contract>> {
  const { accountId: doctorId } = actorOf(ctx);
  const { weekly, timeZone, slotMinutes, breakMinutes, noticeMinutes, aheadDays } = input;
  const settings = { timeZone: zoneOf('timeZone', timeZone), slotMinutes, breakMinutes, noticeMinutes, aheadDays };
  const windows = windowsOf(weekly, slotMinutes);
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    await ctx.db
      .insert(schedules)
      .values({ doctorId, ...settings })
      .onConflictDoUpdate({ target: schedules.doctorId, set: settings });
    await ctx.db.delete(scheduleHours).where(eq(scheduleHours.doctorId, doctorId));
    if (windows.length > 0)
      await ctx.db.insert(scheduleHours).values(windows.map((window) => ({ doctorId, ...window })));
    await audit(ctx, { action: 'hours.changed', subjectType: 'hours', subjectId: doctorId });
    const { schedule } = await loadSchedule(ctx, doctorId);
    if (schedule === null) throw new Error('The hours were not stored.');
    return { hours: hoursView(schedule), conflicts: await findConflicts(ctx, doctorId) };
  });
}

function windowsOf(weekly: Input['weekly'], slotMinutes: number) {
  const windows = weekly.map(({ weekday, from, to }, index) => {
    const window = { weekday, fromMinute: minuteOf(from), toMinute: minuteOf(to) };
    if (window.toMinute - window.fromMinute < slotMinutes) {
      throw invalidField(
        `weekly.${index}.to`,
        'too-short',
        `From ${from} to ${to} there is no room for ${slotMinutes} minutes. Hours over midnight are two: until 24:00, and from 00:00 of the next day.`,
      );
    }
    return window;
  });
  for (const [index, one] of windows.entries()) {
    const other = windows.findIndex(
      (other, at) =>
        at < index &&
        other.weekday === one.weekday &&
        other.fromMinute < one.toMinute &&
        one.fromMinute < other.toMinute,
    );
    if (other >= 0)
      throw invalidField(`weekly.${index}.from`, 'overlap', 'These hours overlap others of the same day.');
  }
  return windows;
}
