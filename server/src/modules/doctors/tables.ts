import { sql } from 'drizzle-orm';
import { boolean, doublePrecision, integer, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from '#platform/database/columns.ts';

/** Name, place and `listed` are copies kept for the list's indexes; see `syncDoctor`. */
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
  ratingSumOfSquares: integer('rating_sum_of_squares').notNull().default(0),
  score: doublePrecision('score').notNull(),
});

export const ratings = pgTable('ratings', {
  requestId: uuid('request_id').primaryKey(),
  doctorId: uuid('doctor_id').notNull(),
  patientId: uuid('patient_id').notNull(),
  stars: smallint('stars').notNull(),
  comment: text('comment'),
  createdAt: instant('created_at').notNull().default(sql`now()`),
});
