import type { endSession as endContract, InputOf, listSessions as listContract, ReplyOf } from '@openward/contracts';
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { notFound } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { type EndReason, endSessions } from './end-sessions.ts';
import { sessionEnded } from './refresh-session.ts';
import { sessions } from './tables.ts';

/** The live sessions of an account, the latest seen first. At most 100. */
export async function liveSessions(ctx: Ctx, accountId: string) {
  return ctx.db
    .select({
      id: sessions.id,
      createdAt: sessions.createdAt,
      lastSeenAt: sessions.lastSeenAt,
      ip: sessions.ip,
      userAgent: sessions.userAgent,
    })
    .from(sessions)
    .where(and(eq(sessions.accountId, accountId), isNull(sessions.endedAt), sql`${sessions.expiresAt} > now()`))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.id))
    .limit(100);
}

export async function listSessions(ctx: Ctx): Promise<ReplyOf<typeof listContract>> {
  const { accountId, sessionId } = actorOf(ctx);
  const rows = await liveSessions(ctx, accountId);
  return { items: rows.map((row) => ({ ...row, current: row.id === sessionId })) };
}

/**
 * Makes sure, under the account's lock, that the caller's session has not been ended since the call came in.
 * @throws Problem 401 `session-ended`.
 */
export async function holdSession(ctx: Ctx): Promise<void> {
  const isLive = and(eq(sessions.id, actorOf(ctx).sessionId), isNull(sessions.endedAt));
  const [live] = await ctx.db.select({ id: sessions.id }).from(sessions).where(isLive);
  if (live === undefined) throw sessionEnded();
}

/** @throws Problem 404 for a session that is not one's own, or over. */
export async function endSession(ctx: Ctx, { id }: InputOf<typeof endContract>): Promise<undefined> {
  if ((await endOwn(ctx, { only: id, because: 'ended-by-owner' })) === 0) throw notFound();
}

export async function logOut(ctx: Ctx): Promise<undefined> {
  await endOwn(ctx, { only: actorOf(ctx).sessionId, because: 'logout' });
}

export async function logOutAll(ctx: Ctx): Promise<undefined> {
  await endOwn(ctx, { because: 'logout-all' });
}

async function endOwn(ctx: Ctx, { only, because }: { only?: string; because: EndReason }): Promise<number> {
  const { accountId } = actorOf(ctx);
  return ctx.tx(async (ctx) => {
    const count = await endSessions(ctx, { accountId, because, ...(only === undefined ? {} : { only }) });
    if (count > 0) {
      await audit(ctx, {
        action: 'session.ended',
        subjectType: 'session',
        subjectId: only ?? null,
        ownerId: accountId,
        details: { because, count },
      });
    }
    return count;
  });
}
