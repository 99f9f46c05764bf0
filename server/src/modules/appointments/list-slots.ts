import type { listSlots as contract, InputOf, ReplyOf } from '@openward/contracts';
import { invalidField, notFound } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { findDoctor } from '#server/modules/doctors/index.ts';
import { instantOf, zoneOf } from './input.ts';
import { bookedOf, loadSchedule } from './schedule.ts';
import { bookableSpan, slotsBetween, without } from './slots.ts';
import { localTimes } from './zone.ts';

const dayMs = 24 * 3_600_000;
const usualDays = 7;
/** An hour more, for the month in which the clocks are put back. */
const longestMs = 31 * dayMs + 3_600_000;

/**
 * The slots that can be booked now: offered, not taken, and at a time at which the caller has no other appointment. As many
 * statements however many there are. @throws Problem 404 for a doctor whom patients cannot find, 400.
 */
export async function listSlots(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { id, from, to, timeZone } = input;
  return ctx.reading(async (ctx) => {
    const doctor = await findDoctor(ctx, id);
    if (doctor?.listed !== true) throw notFound();
    const { schedule, nowMs } = await loadSchedule(ctx, id);
    const fromMs = from === undefined ? nowMs : instantOf('from', from);
    const toMs = to === undefined ? fromMs + usualDays * dayMs : instantOf('to', to);
    if (toMs <= fromMs) throw invalidField('to', 'order', 'It is not after from.');
    if (toMs - fromMs > longestMs)
      throw invalidField('to', 'too-long', 'At most 31 days; ask for the next ones after.');
    const zone = timeZone === undefined ? (schedule?.timeZone ?? 'UTC') : zoneOf('timeZone', timeZone);
    const reply = { timeZone: zone, doctorTimeZone: schedule?.timeZone ?? null };
    if (schedule === null || !doctor.acceptingRequests) return { ...reply, items: [] };
    const bookable = bookableSpan(schedule, nowMs);
    const span = { startMs: Math.max(fromMs, bookable.startMs), endMs: Math.min(toMs, bookable.endMs) };
    if (span.endMs <= span.startMs) return { ...reply, items: [] };
    const offered = slotsBetween(schedule, span.startMs, span.endMs);
    const taken = await bookedOf(ctx, [id, actorOf(ctx).accountId], {
      startMs: span.startMs,
      endMs: offered.at(-1)?.endMs ?? span.endMs,
    });
    const free = without(offered, taken);
    const local = localTimes(
      zone,
      free.map(({ startMs }) => startMs),
    );
    const items = free.map(({ startMs, endMs }, index) => ({
      startsAt: new Date(startMs).toISOString(),
      endsAt: new Date(endMs).toISOString(),
      local: local[index] ?? '',
    }));
    return { ...reply, items };
  });
}
