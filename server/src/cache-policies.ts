import type { DoctorSort, SpecialtyCode } from '@openward/contracts';
import type { CopyPolicy } from './platform/cache/policy.ts';

/**
 * Everything that is kept beside the database that it comes from, and how: one entry for each thing, also for those that are
 * deliberately not kept. A copy answers only if it was read after every change that its node knows of, and that knowledge is never
 * older than `knowledgeMs`: why this holds whatever becomes of Redis or the bus stands in
 * docs/decisions/0021-copies-against-a-log-of-changes.md. Health text and messages are kept nowhere.
 */

/** How old a node's knowledge of changes may be when a call comes: after a commit no copy from before it answers for longer. */
export const knowledgeMs = 50;

/**
 * For so long after its commit the answer to a change waits: by then every node has to look, so that whoever made it sees it
 * at once, wherever they read. The difference is for timers that run early.
 */
export const settleMs = knowledgeMs + 10;

/** Longer than any copy is good for: so old a change is contained in all of them. The table keeps them for an hour. */
export const changesKeptMs = 15 * 60_000;

/** The usual page of the doctors' list, the only one that is kept. */
export const firstPageSize = 20;

const minuteMs = 60_000;
const shared = {
  audience: 'anyone',
  freshMs: { least: minuteMs, jitter: 15_000 },
  graceMs: 10 * minuteMs,
  missingMs: 5_000,
} as const;

export const cachePolicies = {
  /**
   * What a call has to know of the session that it comes with. Key: account and session. Seen by: nobody, it is compared with the
   * token. Memory: no, a session ends on every node before the answer that ends it, and there is no time to wait out for that. Redis:
   * yes, under an HMAC. Worthless after: any end of a session, ban, change of role, approval or factor, by the triggers on
   * `session_changes` and a mark in Redis. Kept by: modules/identity/sessions/session-cache.ts (decision 0013).
   */
  sessionState: { freshMs: { least: 45_000, jitter: 15_000 }, markMs: 120_000, knowledgeMs: 600 },

  /**
   * Name, address, e-mail, state of an account. Not kept, neither in memory nor in Redis: calls of one turn read theirs in one statement, and what a
   * copy would save beside that is little, for personal data in one more place, a ban that ends by the clock, and every change of an account
   * answered later. Its owner and admins read the database: modules/identity/accounts/account.ts.
   */
  accountView: null,

  /**
   * A doctor's public profile, or that there is none to be seen. Worthless after: any change of the row, made visible or not.
   * Who may see it is part of what is kept: nobody may see one that is not listed.
   */
  doctorProfile: {
    ...shared,
    name: 'doctor-profile-2',
    key: (id) => id,
    subject: (id) => `doctor:${id}`,
    memory: { maxEntries: 5_000, maxBytes: 8 * 2 ** 20 },
    oneNodeReads: false,
  } satisfies CopyPolicy<string>,

  /**
   * The first pages of the doctors' list, of one specialty or all, in each order, of the usual size and without other filters: 184 at
   * most. Worthless after: any change of a listed doctor in it, or who comes to be.
   */
  doctorList: {
    ...shared,
    name: 'doctor-list-2',
    key: ({ specialty = 'all', sort }) => `${specialty}.${sort}`,
    subject: ({ specialty }) => (specialty === undefined ? 'doctors' : `doctors:${specialty}`),
    memory: { maxEntries: 200, maxBytes: 8 * 2 ** 20 },
    oneNodeReads: false,
  } satisfies CopyPolicy<{ specialty: SpecialtyCode | undefined; sort: DoctorSort }>,

  /**
   * How many doctors each specialty has: counts over all listed doctors, so that one node does it for all. Worthless after: a doctor is
   * listed, or no longer, or in another specialty.
   */
  specialtyCounts: {
    ...shared,
    name: 'specialty-counts-1',
    key: () => 'all',
    subject: () => 'specialties',
    memory: { maxEntries: 1, maxBytes: 2 ** 20 },
    oneNodeReads: true,
  } satisfies CopyPolicy<null>,

  /**
   * Averages and scores of ratings. They have no key of their own: the doctor's row holds their sums, counted up in the rating's own
   * transaction (modules/doctors/record-rating.ts), and `doctorProfile` and `doctorList` show them, with those policies.
   */
  ratingAverages: null,

  /**
   * Who is in a room. Key: the room. Memory: of the nodes with a socket in it, as long as there is one; Redis: no. Seen by: nobody, it
   * decides who is told. Worthless after: any change of members, which raises the room's version: each message carries the version that
   * it was written under, and a node lets none out before it has read the members of that version. Kept by:
   * modules/chat/socket/room-feed.ts. Calls over HTTP and every send ask the database: modules/chat/access.ts.
   */
  roomMembership: null,
} as const;
