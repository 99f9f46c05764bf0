import { appointmentStatuses } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { date, integer, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from '#platform/database/columns.ts';

/** How a doctor takes appointments: whoever books, moves or changes hours locks this row. */
export const schedules = pgTable('schedules', {
  doctorId: uuid('doctor_id').primaryKey(),
  timeZone: text('time_zone').notNull(),
  slotMinutes: smallint('slot_minutes').notNull(),
  breakMinutes: smallint('break_minutes').notNull(),
  noticeMinutes: integer('notice_minutes').notNull(),
  aheadDays: smallint('ahead_days').notNull(),
});

/** Minutes are those since midnight on the wall clock of the schedule's zone; weekdays as in ISO 8601. */
export const scheduleHours = pgTable(
  'schedule_hours',
  {
    doctorId: uuid('doctor_id').notNull(),
    weekday: smallint('weekday').notNull(),
    fromMinute: smallint('from_minute').notNull(),
    toMinute: smallint('to_minute').notNull(),
  },
  (table) => [primaryKey({ columns: [table.doctorId, table.weekday, table.fromMinute] })],
);

export const scheduleExceptions = pgTable('schedule_exceptions', {
  id: uuid('id').primaryKey(),
  doctorId: uuid('doctor_id').notNull(),
  kind: text('kind', { enum: ['off', 'extra'] }).notNull(),
  fromDay: date('from_day').notNull(),
  toDay: date('to_day').notNull(),
  fromMinute: smallint('from_minute').notNull(),
  toMinute: smallint('to_minute').notNull(),
});

/** `sequence` is that of RFC 5545. `reason` and `changedBy` are of the last move or of the cancellation; `handedTo`: it was cancelled because that doctor took the request over. */
export const appointments = pgTable('appointments', {
  id: uuid('id').primaryKey(),
  requestId: uuid('request_id').notNull(),
  patientId: uuid('patient_id').notNull(),
  doctorId: uuid('doctor_id').notNull(),
  startsAt: instant('starts_at').notNull(),
  endsAt: instant('ends_at').notNull(),
  status: text('status', { enum: appointmentStatuses }).notNull().default('booked'),
  sequence: integer('sequence').notNull().default(0),
  moves: smallint('moves').notNull().default(0),
  patientTimeZone: text('patient_time_zone').notNull(),
  reason: text('reason'),
  changedBy: text('changed_by', { enum: ['patient', 'doctor', 'system'] }),
  nextReminderAt: instant('next_reminder_at'),
  openedAt: instant('opened_at'),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  endedAt: instant('ended_at'),
  handedTo: uuid('handed_to'),
});
