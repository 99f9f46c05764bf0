import { appealDecisions, type Language, roles } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { bigint, boolean, date, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, instant, transactionId } from '#platform/database/columns.ts';

/** Everybody, in one id space: an account's id is the patient's, the doctor's and the admin's id. */
export const accounts = pgTable('accounts', {
  id: uuid('id').primaryKey(),
  role: text('role', { enum: roles }).notNull(),
  email: text('email'),
  fullName: text('full_name'),
  passwordHash: text('password_hash'),
  emailVerifiedAt: instant('email_verified_at'),
  approvedAt: instant('approved_at'),
  country: text('country'),
  city: text('city'),
  region: text('region'),
  addressLine: text('address_line'),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  deletedAt: instant('deleted_at'),
  mfaEnabledAt: instant('mfa_enabled_at'),
  recordRemovedAt: instant('record_removed_at'),
  passkeyHandle: bytea('passkey_handle'),
  /** What admins look for: filled by the database out of name and address. */
  searchKey: text('search_key'),
  /** Of mails to them. A newer version may know one that this one does not: see `languageOf`. */
  language: text('language')
    .notNull()
    .default('en' satisfies Language),
});

export const patients = pgTable('patients', {
  accountId: uuid('account_id').primaryKey(),
  birthDate: date('birth_date', { mode: 'string' }),
  sex: text('sex'),
  phone: text('phone'),
  allergies: text('allergies'),
  medication: text('medication'),
  conditions: text('conditions'),
  emergencyContact: jsonb('emergency_contact').$type<{ name: string; relation: string | null; phone: string }>(),
});

export const sessions = pgTable('sessions', {
  id: uuid('id').primaryKey(),
  accountId: uuid('account_id').notNull(),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  lastSeenAt: instant('last_seen_at').notNull().default(sql`now()`),
  expiresAt: instant('expires_at').notNull(),
  ip: text('ip'),
  userAgent: text('user_agent'),
  endedAt: instant('ended_at'),
  endedBecause: text('ended_because'),
  authenticatedAt: instant('authenticated_at').notNull().default(sql`now()`),
});

/** Written by triggers alone: which transactions may have taken something away from the sessions of which account. */
export const sessionChanges = pgTable(
  'session_changes',
  {
    xid: transactionId('xid').notNull(),
    accountId: uuid('account_id').notNull(),
    at: instant('at').notNull().default(sql`clock_timestamp()`),
  },
  (table) => [primaryKey({ columns: [table.xid, table.accountId] })],
);

export const totpFactors = pgTable('totp_factors', {
  accountId: uuid('account_id').primaryKey(),
  sealedSecret: bytea('sealed_secret').notNull(),
  keyId: text('key_id').notNull(),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  lastUsedStep: bigint('last_used_step', { mode: 'number' }),
});

export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    accountId: uuid('account_id').notNull(),
    hash: bytea('hash').notNull(),
    usedAt: instant('used_at'),
    keyId: text('key_id'),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.hash] })],
);

export const passkeys = pgTable('passkeys', {
  id: uuid('id').primaryKey(),
  accountId: uuid('account_id').notNull(),
  credentialId: bytea('credential_id').notNull(),
  publicKey: bytea('public_key').notNull(),
  signCount: bigint('sign_count', { mode: 'number' }).notNull(),
  backupEligible: boolean('backup_eligible').notNull(),
  backedUp: boolean('backed_up').notNull(),
  transports: text('transports').array().notNull(),
  name: text('name').notNull(),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  lastUsedAt: instant('last_used_at'),
});

export const challengePurposes = ['login', 'register', 'reauthenticate'] as const;

export const passkeyChallenges = pgTable('passkey_challenges', {
  hash: bytea('hash').primaryKey(),
  purpose: text('purpose', { enum: challengePurposes }).notNull(),
  accountId: uuid('account_id'),
  sessionId: uuid('session_id'),
  expiresAt: instant('expires_at').notNull(),
});

export const refreshTokens = pgTable('refresh_tokens', {
  jti: uuid('jti').primaryKey(),
  sessionId: uuid('session_id').notNull(),
  issuedAt: instant('issued_at').notNull(),
  signingKid: text('signing_kid').notNull(),
  encryptionKid: text('encryption_kid').notNull(),
  rotatedAt: instant('rotated_at'),
});

export const linkPurposes = [
  'verify-email',
  'reset-password',
  'set-password',
  'confirm-email',
  'confirm-deletion',
  'undo-email-change',
] as const;
export type LinkPurpose = (typeof linkPurposes)[number];

export const emailLinks = pgTable('email_links', {
  id: uuid('id').primaryKey(),
  accountId: uuid('account_id').notNull(),
  purpose: text('purpose', { enum: linkPurposes }).notNull(),
  email: text('email').notNull(),
  previousEmail: text('previous_email'),
  sessionId: uuid('session_id'),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  expiresAt: instant('expires_at').notNull(),
  usedAt: instant('used_at'),
});

/** From where an account has logged in: a device as people read it, and the network that it was in. */
export const knownDevices = pgTable(
  'known_devices',
  {
    accountId: uuid('account_id').notNull(),
    device: text('device').notNull(),
    network: text('network').notNull(),
    firstSeenAt: instant('first_seen_at').notNull().default(sql`now()`),
    lastSeenAt: instant('last_seen_at').notNull().default(sql`now()`),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.device, table.network] })],
);

/** `accountCreatedAt` is a copy, filled by the database: the list of accounts in its order. */
export const bans = pgTable('bans', {
  id: uuid('id').primaryKey(),
  accountId: uuid('account_id').notNull(),
  reason: text('reason').notNull(),
  bannedBy: uuid('banned_by').notNull(),
  startsAt: instant('starts_at').notNull().default(sql`now()`),
  until: instant('until'),
  liftedAt: instant('lifted_at'),
  liftedBy: uuid('lifted_by'),
  accountCreatedAt: instant('account_created_at'),
});

export const banAppeals = pgTable('ban_appeals', {
  banId: uuid('ban_id').primaryKey(),
  text: text('text').notNull(),
  madeAt: instant('made_at').notNull().default(sql`now()`),
  decision: text('decision', { enum: appealDecisions }),
  answer: text('answer'),
  answeredBy: uuid('answered_by'),
  answeredAt: instant('answered_at'),
});

export const securityEvents = pgTable('security_events', {
  id: uuid('id').primaryKey(),
  at: instant('at').notNull().default(sql`now()`),
  kind: text('kind').notNull(),
  accountId: uuid('account_id'),
  ip: text('ip'),
  requestId: text('request_id'),
  details: jsonb('details').$type<Record<string, unknown>>().notNull().default({}),
});
