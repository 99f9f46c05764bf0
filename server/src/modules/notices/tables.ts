import { noticeKinds } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { boolean, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from '#platform/database/columns.ts';

/** What people are told of: ids and kinds. `mailDueAt`: from when on it is mailed, with others of its kind; null for what is not. */
export const notifications = pgTable('notifications', {
  id: uuid('id').primaryKey(),
  accountId: uuid('account_id').notNull(),
  kind: text('kind', { enum: noticeKinds }).notNull(),
  requestId: uuid('request_id'),
  roomId: uuid('room_id'),
  userId: uuid('user_id'),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  readAt: instant('read_at'),
  mailDueAt: instant('mail_due_at'),
  mailedAt: instant('mailed_at'),
});

export const notificationPreferences = pgTable(
  'notification_preferences',
  {
    accountId: uuid('account_id').notNull(),
    kind: text('kind', { enum: noticeKinds }).notNull(),
    mail: boolean('mail').notNull(),
    push: boolean('push').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.kind] })],
);

export const pushSubscriptions = pgTable('push_subscriptions', {
  id: uuid('id').primaryKey(),
  accountId: uuid('account_id').notNull(),
  sessionId: uuid('session_id').notNull(),
  endpoint: text('endpoint').notNull(),
  p256dh: text('p256dh').notNull(),
  auth: text('auth').notNull(),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  lastUsedAt: instant('last_used_at'),
});

/** Who sends a notice to a browser holds its row until `claimedUntil`; `sentAt` is for ever. */
export const notificationPushes = pgTable(
  'notification_pushes',
  {
    notificationId: uuid('notification_id').notNull(),
    subscriptionId: uuid('subscription_id').notNull(),
    claimedUntil: instant('claimed_until').notNull(),
    sentAt: instant('sent_at'),
  },
  (table) => [primaryKey({ columns: [table.notificationId, table.subscriptionId] })],
);
