import type { Message } from '@openward/contracts';
import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import { prepared } from '#platform/database/prepared.ts';
import type { Ctx } from '#server/context.ts';
import { messageColumns, viewMessage } from './message-view.ts';
import { messages, rooms } from './tables.ts';

export type MessageRow = Awaited<ReturnType<typeof readMessages>>[number];

// Seqs are dense, so a range of them is a page: no LIMIT, one plan for every size.
const range = prepared((db) =>
  db
    .select({
      ...messageColumns,
      roomVersion: sql<number>`(SELECT ${rooms.requestVersion} FROM ${rooms} WHERE ${rooms.roomId} = ${sql.placeholder('roomId')})`,
    })
    .from(messages)
    .where(
      and(
        eq(messages.roomId, sql.placeholder('roomId')),
        sql`${messages.seq} BETWEEN ${sql.placeholder('fromSeq')} AND ${sql.placeholder('toSeq')}`,
      ),
    )
    .orderBy(asc(messages.seq))
    .prepare('chat_message_range'),
);

/**
 * Messages of a room, both ends included, oldest first, each with the room's version at the moment of reading. The caller has
 * made sure that whoever gets them is in the room.
 */
export async function readMessages(ctx: Ctx, asked: { roomId: string; fromSeq: number; toSeq: number }) {
  const rows = await range(ctx.chatDb).execute(asked);
  return rows.map(({ roomVersion, ...message }) => ({ ...viewMessage(message), roomVersion }));
}

const texts = prepared((db) =>
  db
    .select({ seq: messages.seq, text: messages.text, attachments: messages.attachments })
    .from(messages)
    .where(
      and(
        eq(messages.roomId, sql.placeholder('roomId')),
        sql`${messages.seq} BETWEEN ${sql.placeholder('fromSeq')} AND ${sql.placeholder('toSeq')}`,
      ),
    )
    .orderBy(desc(messages.seq))
    .prepare('chat_message_texts'),
);

export type Texts = Awaited<ReturnType<typeof readTexts>>[number];

/** What a range of messages says and no more, newest first: for looking through many. */
export async function readTexts(ctx: Ctx, asked: { roomId: string; fromSeq: number; toSeq: number }) {
  return texts(ctx.chatDb).execute(asked);
}

/** Some messages of a room by their seqs, newest first. */
export async function readThese(ctx: Ctx, roomId: string, seqs: readonly number[]): Promise<Message[]> {
  if (seqs.length === 0) return [];
  const rows = await ctx.chatDb
    .select(messageColumns)
    .from(messages)
    .where(and(eq(messages.roomId, roomId), inArray(messages.seq, [...seqs])))
    .orderBy(desc(messages.seq));
  return rows.map(viewMessage);
}

/**
 * Whoever waits for the row of the room gets a later seq than who has it, and may have begun earlier; no statement waits as long as this
 * (`statement_timeout`).
 */
const disorderS = 10;

/**
 * The place in a room after which everything is that was sent at a time or later: a seq, 0 for the beginning. Seqs grow with time, but for some
 * seconds: halving finds a place before them, in seventeen look-ups by key among 100,000 and without an index, and from there each is looked at.
 */
export async function lastBefore(
  ctx: Ctx,
  { roomId, since, headSeq }: { roomId: string; since: string; headSeq: number },
): Promise<number> {
  const { rows } = await ctx.chatDb.execute<{ seq: string }>(sql`
    WITH RECURSIVE halves (low, high) AS (
      SELECT 0::bigint, ${headSeq}::bigint
      UNION ALL
      SELECT CASE WHEN probe.earlier THEN probe.middle ELSE low END, CASE WHEN probe.earlier THEN high ELSE probe.middle - 1 END
      FROM halves CROSS JOIN LATERAL (
        SELECT ${messages.seq} AS middle, ${messages.sentAt} < ${since}::timestamptz - make_interval(secs => ${disorderS}) AS earlier
        FROM ${messages}
        WHERE ${messages.roomId} = ${roomId} AND ${messages.seq} = (low + high + 1) / 2
      ) AS probe
      WHERE low < high
    )
    SELECT coalesce((
      SELECT ${messages.seq} - 1 FROM ${messages}
      WHERE ${messages.roomId} = ${roomId} AND ${messages.seq} > halves.low AND ${messages.sentAt} >= ${since}::timestamptz
      ORDER BY ${messages.seq} LIMIT 1
    ), ${headSeq}::bigint) AS seq FROM halves WHERE low >= high`);
  return Number(rows[0]?.seq ?? 0);
}
