import type { Attachment, Message } from '@openward/contracts';
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { type Db, violatedUnique } from '#platform/database/connect.ts';
import { prepared } from '#platform/database/prepared.ts';
import { newCallId } from '#platform/id.ts';
import { Problem } from '#platform/problem.ts';
import { originalText } from './list-versions.ts';
import { messageColumns, viewMessage } from './message-view.ts';
import { messages, roomMembers, rooms } from './tables.ts';

export type Draft = {
  roomId: string;
  senderId: string;
  clientId: string;
  text: string;
  /** The seq of a message that is there. */
  replyTo?: number | undefined;
  /** Taken for this message, see take-attachments.ts. */
  attachments?: readonly Attachment[] | undefined;
  /** The version of the room whose members the sender is known to be one of. None: it is looked up. */
  seenIn?: number | undefined;
};

export type Appended =
  /** `changeSeq` counts the changes of the room before it. */
  | { outcome: 'written'; message: Message; roomVersion: number; changeSeq: number }
  | { outcome: 'duplicate'; message: Message; roomVersion: number }
  | { outcome: 'not-a-member' | 'room-closed' | 'client-id-reused' };

/** A room's version or a twin that rolled back may be in the way once; more than a few times in a row is a fault. */
const maxTries = 5;

/** Null: nothing was written. {@link settle} says why. */
export type WriteOne = (db: Db, draft: Draft) => Promise<Appended | null>;

/** Writes one message: one statement, unless something is in the way or `write` is another way. */
export async function appendOne(db: Db, draft: Draft, write: WriteOne = writeOne): Promise<Appended> {
  return (await write(db, draft)) ?? settle(db, draft, write);
}

/** For a message that was not written: why, or once more. @throws Problem 503 when the room changes all the time. */
export async function settle(db: Db, draft: Draft, write: WriteOne = writeOne): Promise<Appended> {
  for (let attempt = 1; attempt < maxTries; attempt += 1) {
    const settled = (await explain(db, draft)) ?? (await write(db, { ...draft, seenIn: undefined }));
    if (settled !== null) return settled;
  }
  throw new Problem('unavailable', { detail: 'The room changes all the time. Try again shortly.', retryAfterS: 1 });
}

/**
 * One statement, one commit. The update takes the row lock of the room, so that seqs are dense and become visible in their
 * order. The membership is read before that lock is held; the version says whether it still holds under the lock, since every
 * change of members raises it.
 */
const append = prepared((db) => {
  const seen = db.$with('seen').as(
    db
      .select({ version: rooms.requestVersion })
      .from(rooms)
      .innerJoin(roomMembers, eq(roomMembers.roomId, rooms.roomId))
      .where(
        and(
          eq(rooms.roomId, sql.placeholder('roomId')),
          eq(roomMembers.roomId, sql.placeholder('roomId')),
          eq(roomMembers.accountId, sql.placeholder('senderId')),
          isNull(roomMembers.leftAt),
        ),
      ),
  );
  const taken = taking(db, sql`(SELECT request_version FROM seen)`);
  return db.with(seen, taken, writing(db)).select(answerOf(taken)).from(taken).prepare('chat_append_message');
});

/** For who is known to be a member in a version of the room: the version is all that there is to compare. */
const appendSeen = prepared((db) => {
  const taken = taking(db, sql`${sql.placeholder('seenIn')}`);
  return db.with(taken, writing(db)).select(answerOf(taken)).from(taken).prepare('chat_append_seen');
});

function taking(db: Db, version: SQL) {
  return db.$with('taken').as(
    db
      .update(rooms)
      .set({ lastSeq: sql`${rooms.lastSeq} + 1` })
      .where(
        and(eq(rooms.roomId, sql.placeholder('roomId')), eq(rooms.status, 'open'), eq(rooms.requestVersion, version)),
      )
      .returning({
        roomId: rooms.roomId,
        lastSeq: rooms.lastSeq,
        version: rooms.requestVersion,
        changeSeq: rooms.changeSeq,
      }),
  );
}

/** Returns nothing: to read it back from a partition costs PostgreSQL more than all that `taken` says. */
function writing(db: Db) {
  return db.$with('written', {}).as(
    sql`INSERT INTO messages (room_id, seq, id, sender_id, client_id, text, reply_to, attachments)
      SELECT room_id, last_seq, ${sql.placeholder('id')}::uuid, ${sql.placeholder('senderId')}::uuid, ${sql.placeholder('clientId')},
        ${sql.placeholder('text')}, ${sql.placeholder('replyTo')}::bigint, ${sql.placeholder('attachments')}::jsonb FROM taken`,
  );
}

function answerOf({ lastSeq, version, changeSeq }: ReturnType<typeof taking>) {
  return { seq: lastSeq, sentAt: sentNow, roomVersion: version, changeSeq };
}

/** When a message that is written in this statement was sent, as the column's default rounds it. */
export const sentNow = sql<string>`now()::timestamptz(3)`.mapWith((value: string) => new Date(value).toISOString());

async function writeOne(db: Db, draft: Draft): Promise<Appended | null> {
  try {
    const id = newCallId();
    const statement = draft.seenIn === undefined ? append : appendSeen;
    const [row] = await statement(db).execute({ ...draft, ...optionals(draft), id });
    if (row === undefined) return null;
    const { roomVersion, changeSeq } = row;
    return { outcome: 'written', message: messageOf(draft, { id, ...row }), roomVersion, changeSeq };
  } catch (error) {
    // The failed statement has given its seq back, so none is missing.
    if (violatedUnique(error) !== null) return null;
    throw error;
  }
}

/** What most drafts have none of, as the columns take it. */
export function optionals({ replyTo, attachments }: Draft) {
  return { replyTo: replyTo ?? null, attachments: attachments === undefined ? null : JSON.stringify(attachments) };
}

/** A draft that was just written → the message as its members see it. */
export function messageOf(draft: Draft, written: Pick<Message, 'id' | 'seq' | 'sentAt'>): Message {
  const { roomId, senderId, clientId, text, replyTo, attachments } = draft;
  const { seq, id, sentAt } = written;
  return {
    roomId,
    seq,
    id,
    clientId,
    senderId,
    text,
    sentAt,
    retractedAt: null,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(attachments === undefined ? {} : { attachments: [...attachments] }),
  };
}

const situation = prepared((db) =>
  db
    .select({ status: rooms.status, roomVersion: rooms.requestVersion, earlier: messageColumns })
    .from(rooms)
    .innerJoin(roomMembers, eq(roomMembers.roomId, rooms.roomId))
    .leftJoin(
      messages,
      and(
        eq(messages.roomId, rooms.roomId),
        eq(messages.roomId, sql.placeholder('roomId')),
        eq(messages.senderId, sql.placeholder('senderId')),
        eq(messages.clientId, sql.placeholder('clientId')),
      ),
    )
    .where(
      and(
        eq(rooms.roomId, sql.placeholder('roomId')),
        eq(roomMembers.roomId, sql.placeholder('roomId')),
        eq(roomMembers.accountId, sql.placeholder('senderId')),
        isNull(roomMembers.leftAt),
      ),
    )
    .prepare('chat_explain_append'),
);

/** Why nothing was written. Null: for a reason that is gone by now. */
async function explain(db: Db, draft: Draft): Promise<Appended | null> {
  const { roomId, senderId, clientId } = draft;
  const [found] = await situation(db).execute({ roomId, senderId, clientId });
  if (found === undefined) return { outcome: 'not-a-member' };
  const { earlier, status, roomVersion } = found;
  if (earlier !== null) {
    // What was retracted cannot be compared any more; it is the same message, without its text.
    const sent = earlier.editedAt === null ? earlier.text : await originalText(db, earlier);
    const same = sent === null || (sent === draft.text && idsOf(earlier) === idsOf(draft));
    return same
      ? { outcome: 'duplicate', message: viewMessage(earlier), roomVersion }
      : { outcome: 'client-id-reused' };
  }
  return status === 'closed' ? { outcome: 'room-closed' } : null;
}

function idsOf({ attachments }: { attachments?: readonly Attachment[] | null | undefined }): string {
  return (attachments ?? []).map(({ id }) => id).join();
}
