import type {
  countNotifications as countContract,
  InputOf,
  listNotifications as listContract,
  ReplyOf,
  readNotifications as readContract,
} from '@openward/contracts';
import { and, desc, eq, inArray, isNull, lte, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { invalidField } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { notifications } from './tables.ts';

type Row = typeof notifications.$inferSelect;

/** What the caller was told of, newest first. */
export async function listNotifications(
  ctx: Ctx,
  { unread, limit = 20, cursor }: InputOf<typeof listContract>,
): Promise<ReplyOf<typeof listContract>> {
  const after = decodeCursor(cursor, ['time', 'id']);
  const rows = await ctx.reading((ctx) =>
    ctx.db
      .select()
      .from(notifications)
      .where(
        and(
          eq(notifications.accountId, actorOf(ctx).accountId),
          unread === true ? isNull(notifications.readAt) : undefined,
          after === null
            ? undefined
            : sql`(${notifications.createdAt}, ${notifications.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
        ),
      )
      .orderBy(desc(notifications.createdAt), desc(notifications.id))
      .limit(limit + 1),
  );
  return toPage(rows, limit, (row) => [row.createdAt, row.id], notificationView);
}

export function notificationView({ id, kind, requestId, roomId, userId, createdAt, readAt }: Row) {
  return { id, kind, requestId, roomId, userId, createdAt, readAt };
}

/** Beyond it nobody reads the number. */
const maxCounted = 1000;

/** How many of them the caller has not read, counted up to 1,000. */
export async function countNotifications(ctx: Ctx): Promise<ReplyOf<typeof countContract>> {
  const some = ctx.db
    .select({ one: sql`1` })
    .from(notifications)
    .where(isUnreadOf(actorOf(ctx).accountId))
    .limit(maxCounted);
  const { rows } = await ctx.db.execute<{ n: number }>(sql`SELECT count(*)::int AS n FROM ${some} AS unread`);
  return { unread: rows[0]?.n ?? 0 };
}

/** Marks the caller's own as read; reading again changes nothing. @throws Problem 400 without `ids` or `until`, or with both. */
export async function readNotifications(ctx: Ctx, { ids, until }: InputOf<typeof readContract>): Promise<undefined> {
  if ((ids === undefined) === (until === undefined))
    throw invalidField('ids', 'required', 'Send ids, or until: the newest notification that was shown.');
  const { accountId } = actorOf(ctx);
  // Of the same millisecond more are marked than were seen: better than one that stays.
  const shown = sql`(SELECT newest.created_at FROM ${notifications} AS newest
    WHERE newest.id = ${until} AND newest.account_id = ${accountId})`;
  await ctx.db
    .update(notifications)
    .set({ readAt: sql`now()` })
    .where(
      and(
        isUnreadOf(accountId),
        ids === undefined ? lte(notifications.createdAt, shown) : inArray(notifications.id, ids),
      ),
    );
}

function isUnreadOf(accountId: string) {
  return and(eq(notifications.accountId, accountId), isNull(notifications.readAt));
}
