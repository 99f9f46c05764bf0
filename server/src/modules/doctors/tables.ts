import { sql } from 'drizzle-orm';
import { bigint, boolean, doublePrecision, integer, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from '#platform/database/columns.ts';

/**
 * Name, place and `listed` are copies kept for the list's indexes; see `syncDoctor`. The keys, the average, the score and what it rests
 * on are kept by the database itself (migration 0010_directory): what is written to them is computed anew.
 */
export const doctors = pgTable('doctors', {
  accountId: uuid('account_id').primaryKey(),
  specialty: text('specialty').notNull(),
  licenseNumber: text('license_number').notNull(),
  fullName: text('full_name').notNull(),
  country: text('country'),
  city: text('city'),
  listed: boolean('listed').notNull().default(false),
  bio: text('bio'),
  experienceYears: integer('experience_years').notNull().default(0),
  languages: text('languages').array().notNull().default(sql`'{}'`),
  acceptingRequests: boolean('accepting_requests').notNull().default(true),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  ratingCount: integer('rating_count').notNull().default(0),
  ratingSum: integer('rating_sum').notNull().default(0),
  /** For the version before. */
  ratingSumOfSquares: integer('rating_sum_of_squares').notNull().default(0),
  score: doublePrecision('score').notNull().default(0),
  nameKey: text('name_key').notNull().default(''),
  countryKey: text('country_key'),
  cityKey: text('city_key'),
  ratingAverage: doublePrecision('rating_average'),
  ratingPatients: integer('rating_patients').notNull().default(0),
  ratedAt: instant('rated_at'),
});

export const ratings = pgTable('ratings', {
  requestId: uuid('request_id').primaryKey(),
  doctorId: uuid('doctor_id').notNull(),
  patientId: uuid('patient_id').notNull(),
  stars: smallint('stars').notNull(),
  comment: text('comment'),
  createdAt: instant('created_at').notNull().default(sql`now()`),
});

/** What a doctor asks to be approved as, and what was decided on it. Of a doctor one is open at a time. */
export const approvalRequests = pgTable('approval_requests', {
  id: uuid('id').primaryKey(),
  doctorId: uuid('doctor_id').notNull(),
  kind: text('kind', { enum: ['first', 'again', 'change'] }).notNull(),
  specialty: text('specialty').notNull(),
  licenseNumber: text('license_number').notNull(),
  note: text('note'),
  askedAt: instant('asked_at').notNull().default(sql`now()`),
  state: text('state', { enum: ['open', 'approved', 'rejected', 'replaced'] })
    .notNull()
    .default('open'),
  decidedAt: instant('decided_at'),
  decidedBy: uuid('decided_by'),
  reason: text('reason'),
});

export const approvalDocuments = pgTable('approval_documents', {
  id: uuid('id').primaryKey(),
  doctorId: uuid('doctor_id').notNull(),
  name: text('name').notNull(),
  type: text('type').notNull(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  storedAt: instant('stored_at'),
  removedAt: instant('removed_at'),
});
