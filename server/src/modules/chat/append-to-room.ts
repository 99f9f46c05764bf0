import { and, eq, sql } from 'drizzle-orm';
import { type Db, violatedUnique } from '#platform/database/connect.ts';
import { newId } from '#platform/id.ts';
import { type Appended, type Draft, messageOf, optionals, type WriteOne } from './append-one.ts';
import { messages, rooms } from './tables.ts';

/**
 * Writes messages of one room where the tables are distributed by room (Citus): a transaction whose statements each name the room
 * by a constant, so that all run on the machine that has it.
 * @returns as `appendGroup`; no two drafts may be twins.
 */
export async function appendToRoom(db: Db, roomId: string, drafts: readonly Draft[]): Promise<(Appended | null)[]> {
  const [seenIn, ...others] = new Set(drafts.map((draft) => draft.seenIn));
  const known = seenIn === undefined || others.length > 0 ? null : await appendKnown(db, roomId, seenIn, drafts);
  return known ?? appendLookedUp(db, roomId, drafts);
}

/**
 * Of members of the room in a version of it: under its lock the version is all that there is to compare, and a twin runs into the unique index.
 * @returns null when either is in the way: then nothing was written.
 */
async function appendKnown(
  db: Db,
  roomId: string,
  version: number,
  drafts: readonly Draft[],
): Promise<Appended[] | null> {
  try {
    return await db.transaction(async (tx) => {
      const [room] = await tx
        .update(rooms)
        .set({ lastSeq: sql`${rooms.lastSeq} + ${drafts.length}` })
        .where(and(eq(rooms.roomId, roomId), eq(rooms.status, 'open'), eq(rooms.requestVersion, version)))
        .returning({ lastSeq: rooms.lastSeq, changeSeq: rooms.changeSeq });
      if (room === undefined) return null;
      const firstSeq = room.lastSeq - drafts.length + 1;
      const rows = drafts.map(({ senderId, clientId, text, replyTo, attachments }, index) => ({
        ...{ roomId, seq: firstSeq + index, id: newId(), senderId, clientId, text, replyTo },
        ...(attachments === undefined ? {} : { attachments: [...attachments] }),
      }));
      const [first] = await tx.insert(messages).values(rows).returning({ sentAt: messages.sentAt });
      return drafts.map((draft, index): Appended => {
        const { id = '', seq = 0 } = rows[index] ?? {};
        const message = messageOf(draft, { id, seq, sentAt: first?.sentAt ?? '' });
        return { outcome: 'written', message, roomVersion: version, changeSeq: room.changeSeq };
      });
    });
  } catch (error) {
    if (violatedUnique(error) !== null) return null;
    throw error;
  }
}

/**
 * Who is a member and what is there already is read under the room's lock, so that neither a change of members nor a twin can be in the way.
 */
async function appendLookedUp(db: Db, roomId: string, drafts: readonly Draft[]): Promise<(Appended | null)[]> {
  return db.transaction(async (tx) => {
    const [room] = await tx
      .select({ lastSeq: rooms.lastSeq, version: rooms.requestVersion, changeSeq: rooms.changeSeq })
      .from(rooms)
      .where(and(eq(rooms.roomId, roomId), eq(rooms.status, 'open')))
      .for('no key update');
    if (room === undefined) return drafts.map(() => null);
    const ids = drafts.map(() => newId());
    const written = await insertFresh(tx, { roomId, lastSeq: room.lastSeq, ids, drafts });
    if (written.size > 0) {
      await tx
        .update(rooms)
        .set({ lastSeq: room.lastSeq + written.size })
        .where(eq(rooms.roomId, roomId));
    }
    return drafts.map((draft, index) => {
      const id = ids[index] ?? '';
      const row = written.get(id);
      if (row === undefined) return null;
      const { version: roomVersion, changeSeq } = room;
      return { outcome: 'written', message: messageOf(draft, { id, ...row }), roomVersion, changeSeq };
    });
  });
}

/** As `appendOne` writes one, which takes a statement that Citus does not: a transaction for this message alone. */
export const appendOneToRoom: WriteOne = async (db, draft) => {
  try {
    const [appended = null] = await appendToRoom(db, draft.roomId, [draft]);
    return appended;
  } catch (error) {
    if (violatedUnique(error) !== null) return null;
    throw error;
  }
};

type Inserting = { roomId: string; lastSeq: number; ids: string[]; drafts: readonly Draft[] };

/** Those of members that were not there before, in the order in which they came. @returns by id. */
async function insertFresh(db: Pick<Db, 'execute'>, { roomId, lastSeq, ids, drafts }: Inserting) {
  const senderIds = drafts.map(({ senderId }) => senderId);
  const clientIds = drafts.map(({ clientId }) => clientId);
  const texts = drafts.map(({ text }) => text);
  const replies = drafts.map((draft) => optionals(draft).replyTo);
  const attachments = drafts.map((draft) => optionals(draft).attachments);
  const { rows } = await db.execute<{ id: string; seq: string; sent_at: string }>(sql`
    INSERT INTO messages (room_id, seq, id, sender_id, client_id, text, reply_to, attachments)
    SELECT ${roomId}::uuid, ${lastSeq}::bigint + row_number() OVER (ORDER BY draft.place),
      draft.id, draft.sender_id, draft.client_id, draft.text, draft.reply_to, draft.attachments::jsonb
    FROM room_members AS member
    JOIN unnest(${sql.param(ids)}::uuid[], ${sql.param(senderIds)}::uuid[], ${sql.param(clientIds)}::text[], ${sql.param(texts)}::text[],
        ${sql.param(replies)}::bigint[], ${sql.param(attachments)}::text[])
      WITH ORDINALITY AS draft (id, sender_id, client_id, text, reply_to, attachments, place) ON draft.sender_id = member.account_id
    WHERE member.room_id = ${roomId}::uuid AND member.left_at IS NULL AND NOT EXISTS (
      SELECT FROM messages AS earlier
      WHERE earlier.room_id = ${roomId}::uuid AND earlier.sender_id = draft.sender_id AND earlier.client_id = draft.client_id)
    RETURNING messages.id AS id, messages.seq AS seq, messages.sent_at AS sent_at`);
  return new Map(
    rows.map(({ id, seq, sent_at }) => [id, { seq: Number(seq), sentAt: new Date(sent_at).toISOString() }]),
  );
}
