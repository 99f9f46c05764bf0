import { sql } from 'drizzle-orm';
import { type Db, violatedUnique } from '#platform/database/connect.ts';
import { prepared } from '#platform/database/prepared.ts';
import { newIds } from '#platform/id.ts';
import { type Appended, type Draft, messageOf, optionals, sentNow } from './append-one.ts';

/**
 * Writes messages of many rooms in one statement and one commit. No two of them may be twins (same room, sender, clientId).
 * @returns for each what was written, or null: {@link settle} says why. Those in the way of none are written all the same.
 * @throws the driver's error when the database refused the whole: then none is written. Or when it is away: then that is
 *   not known.
 */
export async function appendGroup(db: Db, drafts: readonly Draft[]): Promise<(Appended | null)[]> {
  try {
    return await appendAll(db, drafts);
  } catch (error) {
    if (violatedUnique(error) === null) throw error;
  }
  // None was written: one or more are there already. They are few, so that looking for them comes after trying.
  const there = await findThere(db, drafts);
  const fresh = drafts.filter((_, place) => !there.has(place));
  const appended = fresh.length === 0 ? [] : await appendAll(db, fresh);
  let next = 0;
  return drafts.map((_, place) => (there.has(place) ? null : (appended[next++] ?? null)));
}

async function appendAll(db: Db, drafts: readonly Draft[]): Promise<(Appended | null)[]> {
  const ids = newIds(drafts.length);
  const [result] = await appending(db).execute({
    ids: arrayOf(ids),
    roomIds: arrayOf(drafts.map(({ roomId }) => roomId)),
    senderIds: arrayOf(drafts.map(({ senderId }) => senderId)),
    clientIds: drafts.map(({ clientId }) => clientId),
    texts: drafts.map(({ text }) => text),
    replies: arrayOf(drafts.map(({ replyTo }) => replyTo ?? 'NULL')),
    attachments: drafts.map((draft) => optionals(draft).attachments),
    seenIns: arrayOf(drafts.map(({ seenIn }) => seenIn ?? 'NULL')),
  });
  const appended: (Appended | null)[] = drafts.map(() => null);
  for (const [place, seq, roomVersion, changeSeq] of result?.written ?? []) {
    const [draft, id] = [drafts[place - 1], ids[place - 1]];
    if (result === undefined || draft === undefined || id === undefined) continue;
    const message = messageOf(draft, { id, seq, sentAt: result.sentAt });
    appended[place - 1] = { outcome: 'written', message, roomVersion, changeSeq };
  }
  return appended;
}

/** @returns the places of those that were written before. */
async function findThere(db: Db, drafts: readonly Draft[]): Promise<Set<number>> {
  const rows = await finding(db).execute({
    roomIds: arrayOf(drafts.map(({ roomId }) => roomId)),
    senderIds: arrayOf(drafts.map(({ senderId }) => senderId)),
    clientIds: drafts.map(({ clientId }) => clientId),
  });
  return new Set(rows.map(({ place }) => Number(place) - 1));
}

/** As PostgreSQL reads it. Of ids and numbers only: they need none of the escaping that the driver would look for in each. */
function arrayOf(plain: readonly (string | number)[]): string {
  return `{${plain.join()}}`;
}

/** Counted from 1, as PostgreSQL counts. */
type Written = [place: number, seq: number, roomVersion: number, changeSeq: number];

/**
 * `locked` takes the rows of the rooms in the order of their ids, so that two nodes that write into the same rooms wait for each
 * other and never in a circle; what it gives is as it is under the lock. Members are read as they
 * were when the statement began, or known in a version of the room (`seen_in`). `seen` is the room of that moment: a change of members
 * raises its version, so that a message whose room has moved on is left out. A message that is there already runs into the unique index. It is not looked up here: PostgreSQL
 * (18.4) dies of signal 11 when a row that it waited for has changed while the same statement prunes partitions as it runs.
 * Each row looks up its own by key in a subquery of its own: of joins a planner with old statistics has made scans of all messages.
 * What was written comes back as one row: of hundreds, each would cost the driver as much as its message costs elsewhere.
 */
const appending = prepared((db) => {
  const draft = db.$with('draft', {}).as(
    sql`SELECT * FROM unnest(
      ${sql.placeholder('ids')}::uuid[], ${sql.placeholder('roomIds')}::uuid[], ${sql.placeholder('senderIds')}::uuid[],
      ${sql.placeholder('clientIds')}::text[], ${sql.placeholder('texts')}::text[],
      ${sql.placeholder('replies')}::bigint[], ${sql.placeholder('attachments')}::text[], ${sql.placeholder('seenIns')}::integer[]
    ) WITH ORDINALITY AS draft (id, room_id, sender_id, client_id, text, reply_to, attachments, seen_in, place)`,
  );
  const locked = db.$with('locked', {}).as(
    sql`SELECT room_id, last_seq, status, request_version, change_seq FROM rooms
      WHERE room_id = ANY(${sql.placeholder('roomIds')}::uuid[])
      ORDER BY room_id FOR NO KEY UPDATE`,
  );
  const fresh = db.$with('fresh', {}).as(
    sql`SELECT draft.*, locked.request_version AS room_version, locked.change_seq,
        locked.last_seq + row_number() OVER (PARTITION BY draft.room_id ORDER BY draft.place) AS seq
      FROM draft
      JOIN locked ON locked.room_id = draft.room_id
      WHERE locked.status = 'open'
        AND locked.request_version = coalesce(draft.seen_in, (SELECT seen.request_version
          FROM rooms AS seen WHERE seen.room_id = draft.room_id))
        AND (draft.seen_in IS NOT NULL OR (SELECT member.left_at IS NULL FROM room_members AS member
          WHERE member.room_id = draft.room_id AND member.account_id = draft.sender_id))`,
  );
  const counted = db.$with('counted', {}).as(
    sql`UPDATE rooms SET last_seq = newest.seq
      FROM (SELECT room_id, max(seq) AS seq FROM fresh GROUP BY room_id) AS newest
      WHERE rooms.room_id = newest.room_id`,
  );
  const written = db.$with('written', {}).as(
    sql`INSERT INTO messages (room_id, seq, id, sender_id, client_id, text, reply_to, attachments)
      SELECT room_id, seq, id, sender_id, client_id, text, reply_to, attachments::jsonb FROM fresh`,
  );
  return db
    .with(draft, locked, fresh, counted, written)
    .select({
      written: sql<Written[] | null>`json_agg(json_build_array(place, seq, room_version, change_seq))`,
      sentAt: sentNow,
    })
    .from(sql`fresh`)
    .prepare('chat_append_group');
});

const finding = prepared((db) =>
  db
    .select({ place: sql<string>`draft.place` })
    .from(
      sql`unnest(${sql.placeholder('roomIds')}::uuid[], ${sql.placeholder('senderIds')}::uuid[],
        ${sql.placeholder('clientIds')}::text[]) WITH ORDINALITY AS draft (room_id, sender_id, client_id, place)`,
    )
    .where(
      sql`(SELECT earlier.seq FROM messages AS earlier
        WHERE earlier.room_id = draft.room_id AND earlier.sender_id = draft.sender_id
          AND earlier.client_id = draft.client_id) IS NOT NULL`,
    )
    .prepare('chat_find_there'),
);
