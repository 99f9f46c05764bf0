import { sql } from 'drizzle-orm';
import { boolean, doublePrecision, integer, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core';
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
