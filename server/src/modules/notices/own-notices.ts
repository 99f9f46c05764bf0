import type { NoticeKind } from '@openward/contracts';
import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { notificationView } from './list-notifications.ts';
import { getPreferences } from './preferences.ts';
import { subscriptionView } from './push-subscriptions.ts';
import { notificationPreferences, notifications, pushSubscriptions } from './tables.ts';

/** What is kept of an account here, for its owner's export. */
export async function noticesAbout(ctx: Ctx, accountId: string) {
  const [told, browsers, { items }] = await Promise.all([
    ctx.db
      .select()
      .from(notifications)
      .where(eq(notifications.accountId, accountId))
      .orderBy(asc(notifications.createdAt), asc(notifications.id)),
    ctx.db.select().from(pushSubscriptions).where(eq(pushSubscriptions.accountId, accountId)),
    getPreferences(ctx),
  ]);
  return {
    notifications: told.map(notificationView),
    notificationPreferences: items,
    pushSubscriptions: browsers.map((row) => subscriptionView(row, null)),
  };
}

/** An account is deleted: nothing of this outlives it. Within the caller's transaction. */
export async function forgetNotices(ctx: Ctx, accountId: string): Promise<void> {
  await ctx.db.delete(pushSubscriptions).where(eq(pushSubscriptions.accountId, accountId));
  await ctx.db.delete(notificationPreferences).where(eq(notificationPreferences.accountId, accountId));
  await ctx.db.delete(notifications).where(eq(notifications.accountId, accountId));
}

/** When somebody was told of new messages of a room for the last time; null: never, or it is too long ago. */
export async function lastTold(
  ctx: Ctx,
  { accountId, roomId }: { accountId: string; roomId: string },
): Promise<string | null> {
  const [row] = await ctx.db
    .select({ at: sql<string | null>`max(${notifications.createdAt})` })
    .from(notifications)
    .where(
      and(
        eq(notifications.accountId, accountId),
        eq(notifications.kind, 'new-message'),
        eq(notifications.roomId, roomId),
      ),
    );
  return row?.at == null ? null : new Date(row.at).toISOString();
}

/** Who of these was told of something of a kind within the last minutes, read or not. Within the caller's transaction what it has told counts. */
export async function toldOfLate(
  ctx: Ctx,
  { accountIds, kind, withinMinutes }: { accountIds: readonly string[]; kind: NoticeKind; withinMinutes: number },
): Promise<ReadonlySet<string>> {
  const rows = await ctx.db
    .selectDistinct({ accountId: notifications.accountId })
    .from(notifications)
    .where(
      and(
        inArray(notifications.accountId, [...accountIds]),
        eq(notifications.kind, kind),
        sql`${notifications.createdAt} > now() - make_interval(mins => ${withinMinutes})`,
      ),
    );
  return new Set(rows.map(({ accountId }) => accountId));
}
