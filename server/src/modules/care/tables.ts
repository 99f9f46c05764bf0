import { flagSources, requestStatuses, returnReasons, urgencies } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { boolean, customType, integer, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, instant } from '#platform/database/columns.ts';

/**
 * `doctorId`: while submitted, whom it was sent to (null: anyone of the specialty); later, who took it. `lockedAt`: since when the
 * patient's account is deleted. `removedAt`: since when the health text is gone. `acceptedUntil`: until when the doctor has to say
 * the first word; null once it is said. `escalation`: since it waits, 1 doctors were alerted, 2 admins were. `appointmentAt`,
 * `reservedUntil`: see reserve-request.ts.
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
  appointmentAt: instant('appointment_at'),
  reservedUntil: instant('reserved_until'),
  acceptedUntil: instant('accepted_until'),
  returnedAt: instant('returned_at'),
  returnedBecause: text('returned_because', { enum: returnReasons }),
  escalation: smallint('escalation').notNull().default(0),
});

export const careRequestEvents = pgTable('care_request_events', {
  id: uuid('id').primaryKey(),
  requestId: uuid('request_id').notNull(),
  at: instant('at').notNull().default(sql`now()`),
  kind: text('kind', {
    enum: ['accepted', 'released', 'declined', 'cancelled', 'taken-back', 'lease-ended'],
  }).notNull(),
  doctorId: uuid('doctor_id'),
  reason: text('reason'),
  /** The request's: filled by the database. So in diagnoses and their corrections. */
  patientId: uuid('patient_id'),
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

/** As first written: `diagnosisCorrections` has the later versions. The database refuses to change either. */
export const diagnoses = pgTable('diagnoses', {
  id: uuid('id').primaryKey(),
  requestId: uuid('request_id').notNull(),
  doctorId: uuid('doctor_id').notNull(),
  title: text('title').notNull(),
  icd10: text('icd10'),
  description: text('description').notNull(),
  recommendations: text('recommendations').notNull(),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  patientId: uuid('patient_id'),
});

export const diagnosisCorrections = pgTable(
  'diagnosis_corrections',
  {
    diagnosisId: uuid('diagnosis_id').notNull(),
    version: integer('version').notNull(),
    requestId: uuid('request_id').notNull(),
    doctorId: uuid('doctor_id').notNull(),
    title: text('title').notNull(),
    icd10: text('icd10'),
    description: text('description').notNull(),
    recommendations: text('recommendations').notNull(),
    reason: text('reason').notNull(),
    createdAt: instant('created_at').notNull().default(sql`now()`),
    patientId: uuid('patient_id'),
  },
  (table) => [primaryKey({ columns: [table.diagnosisId, table.version] })],
);

const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/** The table of codes that was imported last; empty where none was. */
export const icd10Codes = pgTable('icd10_codes', {
  code: text('code').primaryKey(),
  title: text('title').notNull(),
  plainTitle: text('plain_title').notNull(),
  words: tsvector('words').notNull().generatedAlwaysAs(sql`to_tsvector('simple', plain_title)`),
});

export const icd10Edition = pgTable('icd10_edition', {
  isCurrent: boolean('is_current').primaryKey().default(true),
  name: text('name').notNull(),
  codeCount: integer('code_count').notNull(),
  importedAt: instant('imported_at').notNull().default(sql`now()`),
});

/** Summaries that were handed out, by the code that is on them. */
export const summaryChecks = pgTable('summary_checks', {
  codeHash: bytea('code_hash').primaryKey(),
  requestId: uuid('request_id').notNull(),
  digest: bytea('digest').notNull(),
  keyId: text('key_id').notNull(),
  versions: integer('versions').notNull(),
  madeAt: instant('made_at').notNull().default(sql`now()`),
});

/** What a rule found in the words of a patient, once for each request. Which rule it was is health data. */
export const careRedFlags = pgTable(
  'care_red_flags',
  {
    requestId: uuid('request_id').notNull(),
    rule: text('rule').notNull(),
    version: smallint('version').notNull(),
    source: text('source', { enum: flagSources }).notNull(),
    at: instant('at').notNull().default(sql`now()`),
  },
  (table) => [primaryKey({ columns: [table.requestId, table.rule] })],
);
