import type { Attachment, Message } from '@openward/contracts';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { violatedUnique } from '#platform/database/connect.ts';
import { prepared } from '#platform/database/prepared.ts';
import { newId } from '#platform/id.ts';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
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
};

export type Appended =
  | { outcome: 'written' | 'duplicate'; message: Message; roomVersion: number }
  | { outcome: 'not-a-member' | 'room-closed' | 'client-id-reused' };

/** A room's version or a twin that rolled back may be in the way once; more than a few times in a row is a fault. */
const maxTries = 5;

/**
 * The one door for writing messages. Once this returns `written`, the message is committed, its seq the next of its room.
 * The same clientId again gives the message that is there, also when the room has been closed since.
 * @throws the driver's error when the database is away. Whether the message was written is then not known: sending it again
 *   with the same clientId finds out and never makes a second.
 */
export async function appendMessage(ctx: Ctx, draft: Draft): Promise<Appended> {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const written = await write(ctx, draft);
    if (written !== null) return written;
    const reason = await explain(ctx, draft);
    if (reason !== null) return reason;
  }
  throw new Problem('unavailable', { detail: 'The room changes all the time. Try again shortly.', retryAfterS: 1 });
}

/**
 * One statement, one commit. The update takes the row lock of the room, so that seqs are dense and become visible in their
 * order. The membership is read before that lock is held; the version says whether it still holds under the lock, since every
 * change of members raises it.
 */
const append = prepared((db) => {
  const room = sql.placeholder('roomId');
  const sender = sql.placeholder('senderId');
  const seen = db.$with('seen').as(
    db
      .select({ version: rooms.requestVersion })
      .from(rooms)
      .innerJoin(roomMembers, eq(roomMembers.roomId, rooms.roomId))
      .where(
        and(
          eq(rooms.roomId, room),
          eq(roomMembers.roomId, room),
          eq(roomMembers.accountId, sender),
          isNull(roomMembers.leftAt),
        ),
      ),
  );
  const taken = db.$with('taken').as(
    db
      .update(rooms)
      .set({ lastSeq: sql`${rooms.lastSeq} + 1` })
      .where(
        and(
          eq(rooms.roomId, room),
          eq(rooms.status, 'open'),
          eq(rooms.requestVersion, sql`(SELECT request_version FROM seen)`),
        ),
      )
      .returning({ roomId: rooms.roomId, lastSeq: rooms.lastSeq, version: rooms.requestVersion }),
  );
  return db
    .with(seen, taken)
    .insert(messages)
    .select(
      sql`SELECT room_id, last_seq, ${sql.placeholder('id')}::uuid, ${sender}::uuid, ${sql.placeholder('clientId')}, ${sql.placeholder('text')}, now(), NULL::timestamptz, ${sql.placeholder('replyTo')}::bigint, NULL::timestamptz, NULL::bigint, ${sql.placeholder('attachments')}::jsonb FROM taken`,
    )
    .returning({ ...messageColumns, roomVersion: sql<number>`(SELECT request_version FROM taken)` })
    .prepare('chat_append_message');
});

/** Null: nothing was written, and {@link explain} says why. */
async function write(ctx: Ctx, draft: Draft): Promise<Appended | null> {
  try {
    const [row] = await append(ctx.chatDb).execute({ ...draft, ...optionals(draft), id: newId() });
    if (row === undefined) return null;
    const { roomVersion, ...message } = row;
    return { outcome: 'written', message: viewMessage(message), roomVersion };
  } catch (error) {
    // The failed statement has given its seq back, so none is missing.
    if (violatedUnique(error) !== null) return null;
    throw error;
  }
}

function optionals({ replyTo, attachments }: Draft) {
  return { replyTo: replyTo ?? null, attachments: attachments === undefined ? null : JSON.stringify(attachments) };
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
async function explain(ctx: Ctx, draft: Draft): Promise<Appended | null> {
  const { roomId, senderId, clientId } = draft;
  const [found] = await situation(ctx.chatDb).execute({ roomId, senderId, clientId });
  if (found === undefined) return { outcome: 'not-a-member' };
  const { earlier, status, roomVersion } = found;
  if (earlier !== null) {
    // What was retracted cannot be compared any more; it is the same message, without its text.
    const sent = earlier.editedAt === null ? earlier.text : await originalText(ctx, earlier);
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
