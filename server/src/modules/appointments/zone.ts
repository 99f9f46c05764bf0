import { Temporal } from 'temporal-polyfill';

const minuteMs = 60_000;
const minutesADay = 24 * 60;
const dayMs = minutesADay * minuteMs;

/** The name of a zone as the zone database (IANA) has it, or null where there is no such zone. */
export function zoneNamed(name: string): string | null {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return null;
  }
}

/** The calendar day (`2026-11-29`) of an instant in a zone. */
export function dayAt(timeZone: string, ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** Monday is 1. */
export function weekdayOf(day: string): number {
  return Temporal.PlainDate.from(day).dayOfWeek;
}

/**
 * Instants, in order, on the clock of a zone with its offset: `2026-11-29T09:00:00+01:00`. The offset is looked up once for all that
 * come before the clocks change.
 */
export function localTimes(timeZone: string, instantsMs: readonly number[]): string[] {
  let offset = { text: '', ms: 0, untilMs: Number.NEGATIVE_INFINITY };
  return instantsMs.map((ms) => {
    if (ms >= offset.untilMs) {
      const time = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
      const untilMs = time.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
      offset = { text: time.offset, ms: time.offsetNanoseconds / 1e6, untilMs };
    }
    return `${new Date(ms + offset.ms).toISOString().slice(0, 19)}${offset.text}`;
  });
}

/**
 * The wall clock of one day in a zone: minutes since midnight, 0 to 1440, → instants in ms. Where the clocks are put forward some
 * minutes never come; where they are put back some come twice.
 */
export type WallClock = {
  /** The first time that the clock shows it; null if it never does. */
  first(minute: number): number | null;
  /** The last time that the clock shows it; null if it never does. */
  last(minute: number): number | null;
  /** The first time that the clock shows it or has gone past it. */
  reach(minute: number): number;
};

export function wallClock(timeZone: string, day: string): WallClock {
  const midnight = Temporal.PlainDate.from(day).toPlainDateTime();
  const resolve = (minute: number) => {
    const wall = midnight.add({ minutes: minute });
    const earlier = wall.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
    const later = wall.toZonedDateTime(timeZone, { disambiguation: 'later' });
    return {
      first: earlier.epochMilliseconds,
      last: later.epochMilliseconds,
      exists: earlier.toPlainDateTime().equals(wall),
    };
  };
  const [begin, end] = [resolve(0), resolve(minutesADay)];
  // Nearly every day: each minute comes once, and there is nothing to look up.
  if (begin.first === begin.last && end.first === end.last && end.first - begin.first === dayMs) {
    const at = (minute: number) => begin.first + minute * minuteMs;
    return { first: at, last: at, reach: at };
  }
  return {
    first: (minute) => {
      const { exists, first } = resolve(minute);
      return exists ? first : null;
    },
    last: (minute) => {
      const { exists, last } = resolve(minute);
      return exists ? last : null;
    },
    reach: (minute) => {
      const { exists, first, last } = resolve(minute);
      return exists ? first : changeBetween(timeZone, first, last);
    },
  };
}

/** The instant at which the clocks of a zone jump, between two others. */
function changeBetween(timeZone: string, before: number, after: number): number {
  const jump = Temporal.Instant.fromEpochMilliseconds(before)
    .toZonedDateTimeISO(timeZone)
    .getTimeZoneTransition('next')?.epochMilliseconds;
  return jump === undefined || jump > after ? after : jump;
}
