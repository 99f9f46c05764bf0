import { sql } from 'drizzle-orm';
import { jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from '#platform/database/columns.ts';

export const auditLog = pgTable('audit_log', {
  id: uuid('id').primaryKey(),
  at: instant('at').notNull().default(sql`now()`),
  actorId: uuid('actor_id'),
  actorRole: text('actor_role'),
  action: text('action').notNull(),
  subjectType: text('subject_type').notNull(),
  subjectId: text('subject_id'),
  ownerId: uuid('owner_id'),
  ip: text('ip'),
  requestId: text('request_id'),
  outcome: text('outcome', { enum: ['ok', 'denied'] })
    .notNull()
    .default('ok'),
  details: jsonb('details').$type<Record<string, unknown>>().notNull().default({}),
});
