import { addDays, dayAt, type WallClock, wallClock, weekdayOf } from './zone.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Minutes since midnight on the wall clock. */
export type Window = { fromMinute: number; toMinute: number };

export type Schedule = {
  timeZone: string;
  slotMinutes: number;
  breakMinutes: number;
  noticeMinutes: number;
  aheadDays: number;
  weekly: readonly (Window & { weekday: number })[];
  exceptions: readonly (Window & { kind: 'off' | 'extra'; fromDay: string; toDay: string })[];
};

/** From the one instant until before the other, in ms. */
export type Span = { startMs: number; endMs: number };

/**
 * The slots of a schedule that begin from `fromMs` until before `toMs`, booked ones too, in order. Hours are wall times: a slot
 * that the clocks skip, in part or whole, when they are put forward does not exist; where an hour comes twice, the slots are
 * in the first of the two. A slot lasts its minutes whatever the clock shows.
 */
export function slotsBetween(schedule: Schedule, fromMs: number, toMs: number): Span[] {
  const slots: Span[] = [];
  const last = dayAt(schedule.timeZone, toMs);
  for (let day = dayAt(schedule.timeZone, fromMs); day <= last; day = addDays(day, 1)) {
    for (const slot of slotsOf(schedule, day)) if (slot.startMs >= fromMs && slot.startMs < toMs) slots.push(slot);
  }
  return slots;
}

/** The slot that begins at an instant, or null. */
export function slotAt(schedule: Schedule, startMs: number): Span | null {
  return slotsBetween(schedule, startMs, startMs + 1)[0] ?? null;
}

/** Whether an appointment lies within the hours, wherever the slots of today begin. */
export function fits(schedule: Schedule, { startMs, endMs }: Span): boolean {
  const day = dayAt(schedule.timeZone, startMs);
  const clock = wallClock(schedule.timeZone, day);
  const span = ({ fromMinute, toMinute }: Window) => [clock.reach(fromMinute), lastOf(clock, toMinute)] as const;
  const open = hoursOf(schedule, day).some((window) => {
    const [from, to] = span(window);
    return from <= startMs && endMs <= to;
  });
  return (
    open &&
    offOf(schedule, day).every((off) => {
      const [from, to] = span(off);
      return endMs <= from || to <= startMs;
    })
  );
}

/** From when until when a schedule can be booked at this moment. */
export function bookableSpan({ noticeMinutes, aheadDays }: Schedule, nowMs: number): Span {
  return { startMs: nowMs + noticeMinutes * minuteMs, endMs: nowMs + aheadDays * dayMs };
}

/** Those of the slots, in order, that touch none of the spans. */
export function without(slots: readonly Span[], spans: readonly Span[]): Span[] {
  const taken = spans.toSorted((one, other) => one.startMs - other.startMs);
  const latestEnds = taken.map(() => 0);
  let latest = Number.NEGATIVE_INFINITY;
  for (const [index, { endMs }] of taken.entries()) {
    latest = Math.max(latest, endMs);
    latestEnds[index] = latest;
  }
  let next = 0;
  return slots.filter(({ startMs, endMs }) => {
    while (next < taken.length && (taken[next]?.startMs ?? 0) < endMs) next += 1;
    // All that begin before this slot ends: none of them may end after it begins.
    return next === 0 || (latestEnds[next - 1] ?? 0) <= startMs;
  });
}

function slotsOf(schedule: Schedule, day: string): Span[] {
  const { timeZone, slotMinutes, breakMinutes } = schedule;
  const windows = hoursOf(schedule, day);
  if (windows.length === 0) return [];
  const off = offOf(schedule, day);
  const clock = wallClock(timeZone, day);
  const slots: Span[] = [];
  for (const { fromMinute, toMinute } of windows) {
    for (let from = fromMinute; from + slotMinutes <= toMinute; from += slotMinutes + breakMinutes) {
      const to = from + slotMinutes;
      if (off.some(({ fromMinute, toMinute }) => fromMinute < to && from < toMinute)) continue;
      const slot = spanOf(clock, from, slotMinutes);
      if (slot !== null) slots.push(slot);
    }
  }
  return slots;
}

function spanOf(clock: WallClock, fromMinute: number, minutes: number): Span | null {
  const startMs = clock.first(fromMinute);
  // Its last minute, since its end may be the very moment at which the clocks jump.
  const lastMs = clock.last(fromMinute + minutes - 1);
  if (startMs === null || lastMs === null || lastMs - startMs < (minutes - 1) * minuteMs) return null;
  return { startMs, endMs: startMs + minutes * minuteMs };
}

/** The hours of a day, extra ones too; what touches is one. */
function hoursOf({ weekly, exceptions }: Schedule, day: string): Window[] {
  const weekday = weekdayOf(day);
  const windows = [
    ...weekly.filter((window) => window.weekday === weekday),
    ...exceptions.filter(({ kind, fromDay, toDay }) => kind === 'extra' && fromDay <= day && day <= toDay),
  ].toSorted((one, other) => one.fromMinute - other.fromMinute);
  const merged: Window[] = [];
  for (const { fromMinute, toMinute } of windows) {
    const before = merged.at(-1);
    if (before === undefined || before.toMinute < fromMinute) merged.push({ fromMinute, toMinute });
    else before.toMinute = Math.max(before.toMinute, toMinute);
  }
  return merged;
}

function offOf({ exceptions }: Schedule, day: string): Window[] {
  return exceptions.filter(({ kind, fromDay, toDay }) => kind === 'off' && fromDay <= day && day <= toDay);
}

/** When the clock has shown a minute for the last time, or gone past it. */
function lastOf(clock: WallClock, minute: number): number {
  return clock.last(minute) ?? clock.reach(minute);
}
