import { requestStatuses, urgencies } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { boolean, integer, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from '#platform/database/columns.ts';

/**
 * `doctorId`: while submitted, whom it was sent to (null: anyone of the specialty); later, who took it. `lockedAt`: since when the
 * patient's account is deleted. `removedAt`: since when the health text is gone.
 */
export const careRequests = pgTable('care_requests', {
  id: uuid('id').primaryKey(),
  patientId: uuid('patient_id').notNull(),
  doctorId: uuid('doctor_id'),
  specialty: text('specialty').notNull(),
  openToSpecialty: boolean('open_to_specialty').notNull(),
  complaint: text('complaint').notNull(),
  urgency: text('urgency', { enum: urgencies }).notNull(),
  urgencyRank: smallint('urgency_rank')
    .notNull()
    .generatedAlwaysAs(sql`CASE urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END`),
  status: text('status', { enum: requestStatuses }).notNull().default('submitted'),
  version: integer('version').notNull().default(1),
  roomId: uuid('room_id'),
  submittedAt: instant('submitted_at').notNull().default(sql`now()`),
  acceptedAt: instant('accepted_at'),
  diagnosedAt: instant('diagnosed_at'),
  closedAt: instant('closed_at'),
  lockedAt: instant('locked_at'),
  removedAt: instant('removed_at'),
});

export const careRequestEvents = pgTable('care_request_events', {
  id: uuid('id').primaryKey(),
  requestId: uuid('request_id').notNull(),
  at: instant('at').notNull().default(sql`now()`),
  kind: text('kind', { enum: ['accepted', 'released', 'declined', 'cancelled', 'taken-back'] }).notNull(),
  doctorId: uuid('doctor_id'),
  reason: text('reason'),
});

/** Open ones are `offered` and `consented`, one of a request at most. */
export const careTransfers = pgTable('care_transfers', {
  id: uuid('id').primaryKey(),
  requestId: uuid('request_id').notNull(),
  fromDoctorId: uuid('from_doctor_id').notNull(),
  toDoctorId: uuid('to_doctor_id').notNull(),
  note: text('note'),
  status: text('status', { enum: ['offered', 'consented', 'done', 'refused', 'declined', 'withdrawn', 'ended'] })
    .notNull()
    .default('offered'),
  offeredAt: instant('offered_at').notNull().default(sql`now()`),
  consentedAt: instant('consented_at'),
  endedAt: instant('ended_at'),
});

export const diagnoses = pgTable('diagnoses', {
  id: uuid('id').primaryKey(),
  requestId: uuid('request_id').notNull(),
  doctorId: uuid('doctor_id').notNull(),
  title: text('title').notNull(),
  icd10: text('icd10'),
  description: text('description').notNull(),
  recommendations: text('recommendations').notNull(),
  createdAt: instant('created_at').notNull().default(sql`now()`),
});
