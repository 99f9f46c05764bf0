import { and, eq, isNull, sql } from 'drizzle-orm';
import { job } from '#platform/jobs/jobs.ts';
import { traced } from '#platform/tracing/tracing.ts';
import type { Ctx } from '#server/context.ts';
import { accounts, isLive, languageOf, sessions } from '#server/modules/identity/index.ts';
import { pageOf } from './rules.ts';
import { notificationPushes, notifications, pushSubscriptions } from './tables.ts';

/** One notice to one browser. Tried for some hours: later it would be no news. */
export const pushNoticeJob = job<PushNotice>('notices.push', { limit: 12, delayS: 5, maxDelayS: 1800 });

type PushNotice = { notificationId: string; subscriptionId: string };

/** Longer than a push may take. */
const claimS = 30;

/**
 * Pushes a notice, if it has not been read yet and the session of that browser goes on. One worker at a time, and never again once
 * the service has taken it. A browser that is gone is forgotten.
 * @throws Error when the service is away, or another worker is at it: the job tries again.
 */
export async function pushNotice(ctx: Ctx, ids: PushNotice): Promise<void> {
  if (ctx.push === null) return;
  const found = await findTarget(ctx, ids);
  if (found === null) return ctx.metrics.pushes.count('void');
  const claim = await claimPush(ctx, ids);
  if (claim === 'sent') return;
  if (claim === 'taken') throw new Error('Another worker is pushing this notice');
  const { target, notice, role } = found;
  const payload = { id: notice.id, kind: notice.kind, path: pageOf(notice, role), language: languageOf(found) };
  const message = {
    payload,
    topic: notice.id.replaceAll('-', ''),
    urgency: notice.kind === 'urgent-request-received' ? 'high' : 'normal',
  } as const;
  const push = ctx.push;
  try {
    const outcome = await traced(ctx.tracing, { name: 'send push', kind: 'client' }, () => push.send(target, message));
    ctx.metrics.pushes.count(outcome);
    if (outcome === 'gone') return void (await forget(ctx, ids.subscriptionId));
    if (outcome === 'refused') ctx.log.warn({ kind: notice.kind }, 'a push service refused a notice');
    await settle(ctx, ids, { sentAt: sql`now()` });
    await ctx.db
      .update(pushSubscriptions)
      .set({ lastUsedAt: sql`now()` })
      .where(eq(pushSubscriptions.id, ids.subscriptionId));
  } catch (error) {
    ctx.metrics.pushes.count('failed');
    await settle(ctx, ids, { claimedUntil: sql`now()` });
    throw error;
  }
}

/** Null when there is nothing to push any more. */
async function findTarget(ctx: Ctx, { notificationId, subscriptionId }: PushNotice) {
  const [row] = await ctx.db
    .select({ notice: notifications, target: pushSubscriptions, role: accounts.role, language: accounts.language })
    .from(notifications)
    .innerJoin(pushSubscriptions, eq(pushSubscriptions.accountId, notifications.accountId))
    .innerJoin(accounts, eq(accounts.id, notifications.accountId))
    .innerJoin(sessions, eq(sessions.id, pushSubscriptions.sessionId))
    .where(
      and(
        eq(notifications.id, notificationId),
        eq(pushSubscriptions.id, subscriptionId),
        isNull(notifications.readAt),
        isLive(ctx.config.sessions),
      ),
    );
  return row ?? null;
}

/** Of many at once one gets it; one that has died with it is waited for. */
async function claimPush(ctx: Ctx, ids: PushNotice): Promise<'mine' | 'taken' | 'sent'> {
  const until = sql`now() + make_interval(secs => ${claimS})`;
  const [mine] = await ctx.db
    .insert(notificationPushes)
    .values({ ...ids, claimedUntil: until })
    .onConflictDoUpdate({
      target: [notificationPushes.notificationId, notificationPushes.subscriptionId],
      set: { claimedUntil: until },
      setWhere: sql`${notificationPushes.sentAt} IS NULL AND ${notificationPushes.claimedUntil} <= now()`,
    })
    .returning({ sentAt: notificationPushes.sentAt });
  if (mine !== undefined) return 'mine';
  const [row] = await ctx.db.select({ sentAt: notificationPushes.sentAt }).from(notificationPushes).where(which(ids));
  return row === undefined || row.sentAt === null ? 'taken' : 'sent';
}

async function settle(
  ctx: Ctx,
  ids: PushNotice,
  changes: { sentAt: ReturnType<typeof sql> } | { claimedUntil: ReturnType<typeof sql> },
): Promise<void> {
  await ctx.db.update(notificationPushes).set(changes).where(which(ids));
}

function which({ notificationId, subscriptionId }: PushNotice) {
  return and(
    eq(notificationPushes.notificationId, notificationId),
    eq(notificationPushes.subscriptionId, subscriptionId),
  );
}

async function forget(ctx: Ctx, subscriptionId: string): Promise<void> {
  await ctx.db.delete(pushSubscriptions).where(eq(pushSubscriptions.id, subscriptionId));
}
