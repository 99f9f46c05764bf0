import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fits, type Schedule, slotAt, slotsBetween, without } from './slots.ts';
import { localTimes } from './zone.ts';

const always = [1, 2, 3, 4, 5, 6, 7];

/** The same hours on every day of the week. */
function daily(timeZone: string, from: string, to: string, slotMinutes = 30, breakMinutes = 0): Schedule {
  const window = { fromMinute: minutes(from), toMinute: minutes(to) };
  const weekly = always.map((weekday) => ({ weekday, ...window }));
  return { timeZone, slotMinutes, breakMinutes, noticeMinutes: 0, aheadDays: 365, weekly, exceptions: [] };
}

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

/** When the slots of one day begin, as UTC without date and seconds where that is clear. */
function startsOn(schedule: Schedule, day: string): string[] {
  const from = Date.parse(`${day}T00:00:00Z`);
  return slotsBetween(schedule, from - 86_400_000, from + 2 * 86_400_000)
    .filter(({ startMs }) => wall(schedule.timeZone, startMs).startsWith(day))
    .map(({ startMs }) => new Date(startMs).toISOString().slice(5, 16));
}

/** What the clock on the wall shows, by the runtime's own zones. */
function wall(timeZone: string, ms: number): string {
  const style = { dateStyle: 'short', timeStyle: 'medium', timeZone } as const;
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', style);
  clocks.set(timeZone, clock);
  return clock.format(new Date(ms));
}

const clocks = new Map<string, Intl.DateTimeFormat>();

describe('slots on the days on which the clocks change', () => {
  it.each([
    // 02:00 is 03:00: what would begin in between does not exist.
    ['Europe/Berlin', '2027-03-28', '01:00', '04:00', ['03-28T00:00', '03-28T00:30', '03-28T01:00', '03-28T01:30']],
    // 03:00 is 02:00 again: the hour comes twice, its slots are in the first.
    ['Europe/Berlin', '2027-10-31', '01:30', '03:30', ['10-30T23:30', '10-31T00:00', '10-31T00:30', '10-31T02:00']],
    ['America/New_York', '2027-03-14', '01:30', '03:30', ['03-14T06:30', '03-14T07:00']],
    ['America/New_York', '2027-11-07', '00:30', '02:30', ['11-07T04:30', '11-07T05:00', '11-07T05:30', '11-07T07:00']],
    // By half an hour.
    ['Australia/Lord_Howe', '2027-10-03', '01:30', '03:30', ['10-02T15:00', '10-02T15:30', '10-02T16:00']],
    ['Australia/Lord_Howe', '2027-04-04', '01:00', '02:30', ['04-03T14:00', '04-03T14:30', '04-03T15:30']],
    // At midnight: the day begins at 01:00, and the day before ends twice.
    ['America/Santiago', '2027-09-05', '00:00', '02:00', ['09-05T04:00', '09-05T04:30']],
    ['America/Santiago', '2027-09-04', '23:00', '24:00', ['09-05T03:00', '09-05T03:30']],
    ['America/Santiago', '2027-04-03', '22:30', '24:00', ['04-04T01:30', '04-04T02:00', '04-04T02:30']],
    ['America/Santiago', '2027-04-04', '00:00', '01:00', ['04-04T04:00', '04-04T04:30']],
    // Never.
    ['Asia/Kolkata', '2027-03-28', '09:00', '10:00', ['03-28T03:30', '03-28T04:00']],
    ['Asia/Kolkata', '2027-10-31', '09:00', '10:00', ['10-31T03:30', '10-31T04:00']],
  ])('in %s on %s from %s to %s begin when they should', (zone, day, from, to, expected) => {
    expect(startsOn(daily(zone, from, to), day)).toEqual(expected);
  });

  it('do not exist where the clocks skip a part of them, so that none overlaps the next', () => {
    // 01:30 to 02:30 would take an hour and end at 03:00 on the wall, where the next one is.
    expect(startsOn(daily('Australia/Lord_Howe', '01:30', '04:30', 60), '2027-10-03')).toEqual([
      '10-02T15:30',
      '10-02T16:30',
    ]);
    expect(startsOn(daily('Europe/Berlin', '01:30', '05:30', 120), '2027-03-28')).toEqual(['03-28T01:30']);
  });

  it('never overlap, last as long as they should, and begin where the clock shows a time of the grid, in any zone', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/Santiago',
      'Africa/Casablanca',
      'Asia/Kolkata',
    ];
    const changes = [
      '2027-02-07',
      '2027-03-14',
      '2027-03-28',
      '2027-04-04',
      '2027-09-05',
      '2027-10-03',
      '2027-10-31',
      '2027-11-07',
    ];
    const schedule = fc.record({
      zone: fc.constantFrom(...zones),
      from: fc.integer({ min: 0, max: 1200 }),
      length: fc.integer({ min: 30, max: 240 }),
      slot: fc.constantFrom(10, 20, 45, 60, 120),
      pause: fc.constantFrom(0, 5, 15),
      day: fc.constantFrom(...changes),
    });
    fc.assert(
      fc.property(schedule, ({ zone, from, length, slot, pause, day }) => {
        const window = { fromMinute: from, toMinute: Math.min(1440, from + length) };
        const weekly = always.map((weekday) => ({ weekday, ...window }));
        const plan = { ...daily(zone, '00:00', '01:00', slot, pause), weekly };
        const start = Date.parse(`${day}T00:00:00Z`) - 86_400_000;
        const slots = slotsBetween(plan, start, start + 3 * 86_400_000);
        for (const [index, { startMs, endMs }] of slots.entries()) {
          expect(endMs - startMs).toBe(slot * 60_000);
          const next = slots[index + 1];
          if (next !== undefined) expect(next.startMs).toBeGreaterThanOrEqual(endMs);
          const shown = minutes(wall(zone, startMs).slice(11, 16));
          expect((shown - from) % (slot + pause)).toBe(0);
          expect(shown).toBeGreaterThanOrEqual(from);
          expect(shown + slot).toBeLessThanOrEqual(window.toMinute);
          expect(slotAt(plan, startMs)).toEqual({ startMs, endMs });
          expect(fits(plan, { startMs, endMs })).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('hours and their exceptions', () => {
  const day = '2027-06-07';
  const plan = daily('Europe/Berlin', '09:00', '12:00', 60);
  const off = (fromMinute: number, toMinute: number, toDay = day) =>
    ({ kind: 'off', fromDay: day, toDay, fromMinute, toMinute }) as const;

  it('leave a break between slots', () => {
    expect(startsOn({ ...plan, breakMinutes: 15 }, day)).toEqual(['06-07T07:00', '06-07T08:15']);
  });

  it('have several windows a day, and extra ones that make one window with what they touch', () => {
    const extra = (fromMinute: number, toMinute: number) =>
      ({ kind: 'extra', fromDay: day, toDay: day, fromMinute, toMinute }) as const;
    expect(
      startsOn({ ...plan, exceptions: [extra(minutes('11:30'), minutes('13:00')), extra(1020, 1080)] }, day),
    ).toEqual(['06-07T07:00', '06-07T08:00', '06-07T09:00', '06-07T10:00', '06-07T15:00']);
  });

  it('offer nothing that touches what is off, on each of its days and no other', () => {
    expect(startsOn({ ...plan, exceptions: [off(minutes('10:30'), minutes('11:00'))] }, day)).toEqual([
      '06-07T07:00',
      '06-07T09:00',
    ]);
    const holiday = { ...plan, exceptions: [off(0, 1440, '2027-06-09')] };
    expect(startsOn(holiday, '2027-06-06')).toHaveLength(3);
    for (const away of ['2027-06-07', '2027-06-08', '2027-06-09']) expect(startsOn(holiday, away)).toEqual([]);
    expect(startsOn(holiday, '2027-06-10')).toHaveLength(3);
  });

  it('say of an appointment whether it fits, wherever the slots begin by now', () => {
    const at = (time: string, minutesLong: number) => {
      const startMs = Date.parse(`${day}T${time}:00+02:00`);
      return { startMs, endMs: startMs + minutesLong * 60_000 };
    };
    expect(fits(plan, at('09:10', 30))).toBe(true);
    expect(fits(plan, at('11:30', 30))).toBe(true);
    expect(fits(plan, at('11:45', 30))).toBe(false);
    expect(fits(plan, at('08:50', 30))).toBe(false);
    expect(fits({ ...plan, exceptions: [off(minutes('09:30'), minutes('10:00'))] }, at('09:10', 30))).toBe(false);
    expect(fits({ ...plan, exceptions: [off(minutes('09:40'), minutes('10:00'))] }, at('09:10', 30))).toBe(true);
  });
});

it('times are told on the clock of a zone, each with the offset of its moment', () => {
  const hours = Array.from({ length: 6 }, (_, hour) => Date.parse('2027-10-30T22:30:00Z') + hour * 3_600_000);
  expect(localTimes('Europe/Berlin', hours)).toEqual([
    '2027-10-31T00:30:00+02:00',
    '2027-10-31T01:30:00+02:00',
    '2027-10-31T02:30:00+02:00',
    '2027-10-31T02:30:00+01:00',
    '2027-10-31T03:30:00+01:00',
    '2027-10-31T04:30:00+01:00',
  ]);
  expect(localTimes('Asia/Kolkata', hours.slice(0, 1))).toEqual(['2027-10-31T04:00:00+05:30']);
});

it('what is taken is left out, however spans overlap each other', () => {
  const span = fc
    .tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 40 }))
    .map(([startMs, length]) => ({ startMs, endMs: startMs + length }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), (spans, length) => {
      const slots = Array.from({ length: 12 }, (_, index) => ({ startMs: index * 10, endMs: index * 10 + length }));
      const free = slots.filter((slot) =>
        spans.every(({ startMs, endMs }) => endMs <= slot.startMs || slot.endMs <= startMs),
      );
      expect(without(slots, spans)).toEqual(free);
    }),
  );
});
