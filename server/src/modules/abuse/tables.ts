import { type AbuseCase, abuseSteps, abuseSubjects } from '@openward/contracts';
import { integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from '#platform/database/columns.ts';

/** Times are of the ctx's clock, as those of the counts are that lead to a case. */
export const abuseCases = pgTable('abuse_cases', {
  id: uuid('id').primaryKey(),
  rule: text('rule').notNull(),
  subjectType: text('subject_type', { enum: abuseSubjects }).notNull(),
  subject: text('subject'),
  step: text('step', { enum: abuseSteps }).notNull(),
  until: instant('until').notNull(),
  score: integer('score').notNull(),
  evidence: jsonb('evidence').$type<AbuseCase['evidence']>().notNull(),
  openedAt: instant('opened_at').notNull(),
  changedAt: instant('changed_at').notNull(),
  endedAt: instant('ended_at'),
  liftedBy: uuid('lifted_by'),
  liftReason: text('lift_reason'),
  trustedUntil: instant('trusted_until'),
  mailedAt: instant('mailed_at'),
});

export const abuseUsedProofs = pgTable('abuse_used_proofs', {
  nonce: text('nonce').primaryKey(),
  expiresAt: instant('expires_at').notNull(),
});
