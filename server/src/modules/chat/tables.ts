import { type Attachment, attachmentTypes, roomStatuses } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import { bigint, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, instant } from '#platform/database/columns.ts';
import type { FoundFlag } from '#server/modules/care/index.ts';

// All in the chat database. Every statement names the room, so that the tables can be distributed by it.

export const rooms = pgTable('rooms', {
  roomId: uuid('room_id').primaryKey(),
  status: text('status', { enum: roomStatuses }).notNull(),
  lastSeq: bigint('last_seq', { mode: 'number' }).notNull().default(0),
  changeSeq: bigint('change_seq', { mode: 'number' }).notNull().default(0),
  requestVersion: integer('request_version').notNull(),
  createdAt: instant('created_at').notNull().default(sql`now()`),
});

export const roomMembers = pgTable(
  'room_members',
  {
    roomId: uuid('room_id').notNull(),
    accountId: uuid('account_id').notNull(),
    role: text('role', { enum: ['patient', 'doctor'] }).notNull(),
    readSeq: bigint('read_seq', { mode: 'number' }).notNull().default(0),
    joinedAt: instant('joined_at').notNull().default(sql`now()`),
    joinedSeq: bigint('joined_seq', { mode: 'number' }).notNull().default(0),
    leftAt: instant('left_at'),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.accountId] })],
);

/** The rooms of an account, also those that it has left: the one list that is by account. */
export const accountRooms = pgTable(
  'account_rooms',
  {
    accountId: uuid('account_id').notNull(),
    roomId: uuid('room_id').notNull(),
    createdAt: instant('created_at').notNull().default(sql`now()`),
    leftAt: instant('left_at'),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.roomId] })],
);

export const messages = pgTable(
  'messages',
  {
    roomId: uuid('room_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    id: uuid('id').notNull(),
    senderId: uuid('sender_id').notNull(),
    clientId: text('client_id').notNull(),
    text: text('text'),
    sentAt: instant('sent_at').notNull().default(sql`now()`),
    retractedAt: instant('retracted_at'),
    replyTo: bigint('reply_to', { mode: 'number' }),
    editedAt: instant('edited_at'),
    changeSeq: bigint('change_seq', { mode: 'number' }),
    attachments: jsonb('attachments').$type<Attachment[]>(),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.seq] })],
);

/** What messages said before they were edited. */
export const messageVersions = pgTable(
  'message_versions',
  {
    roomId: uuid('room_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    version: integer('version').notNull(),
    text: text('text').notNull(),
    writtenAt: instant('written_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.seq, table.version] })],
);

/** What was uploaded to rooms; the bytes are in `ctx.files`, under `roomId/id`. */
export const attachments = pgTable(
  'attachments',
  {
    roomId: uuid('room_id').notNull(),
    id: uuid('id').notNull(),
    uploaderId: uuid('uploader_id').notNull(),
    name: text('name').notNull(),
    type: text('type', { enum: attachmentTypes }).notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    width: integer('width'),
    height: integer('height'),
    createdAt: instant('created_at').notNull().default(sql`now()`),
    storedAt: instant('stored_at'),
    clientId: text('client_id'),
    messageSeq: bigint('message_seq', { mode: 'number' }),
    removedAt: instant('removed_at'),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.id] })],
);

/** What the main database could not be told: names of rules that found something in what a patient wrote. */
export const untoldFlags = pgTable(
  'untold_flags',
  {
    roomId: uuid('room_id').notNull(),
    rule: text('rule').$type<FoundFlag['rule']>().notNull(),
    version: integer('version').notNull(),
    foundAt: instant('found_at').notNull().default(sql`now()`),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.rule] })],
);

/** The nodes that have sockets, each with its last sign of life. */
export const chatNodes = pgTable('chat_nodes', {
  nodeId: uuid('node_id').primaryKey(),
  beatAt: instant('beat_at').notNull().default(sql`now()`),
});

/** Which node has sockets of whom. */
export const presence = pgTable(
  'presence',
  { accountId: uuid('account_id').notNull(), nodeId: uuid('node_id').notNull() },
  (table) => [primaryKey({ columns: [table.accountId, table.nodeId] })],
);

export const lastSeen = pgTable('last_seen', {
  accountId: uuid('account_id').primaryKey(),
  seenAt: instant('seen_at').notNull(),
});

export const socketTickets = pgTable('socket_tickets', {
  ticketHash: bytea('ticket_hash').primaryKey(),
  accountId: uuid('account_id').notNull(),
  sessionId: uuid('session_id').notNull(),
  expiresAt: instant('expires_at').notNull(),
});
