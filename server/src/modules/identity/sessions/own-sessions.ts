import type { endSession as endContract, InputOf, listSessions as listContract, ReplyOf } from '@openward/contracts';
import { and, asc, desc, eq } from 'drizzle-orm';
import { notFound } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { sessions } from '../tables.ts';
import { deviceOf } from './device.ts';
import { type EndReason, endSessions } from './end-sessions.ts';
import { requireFreshAuthentication } from './reauthenticate.ts';
import { isLive } from './session-life.ts';

/** The live sessions of an account, the latest seen first. At most 100. */
export async function liveSessions(ctx: Ctx, accountId: string) {
  const rows = await ctx.db
    .select({
      id: sessions.id,
      createdAt: sessions.createdAt,
      lastSeenAt: sessions.lastSeenAt,
      ip: sessions.ip,
      userAgent: sessions.userAgent,
      expiresAt: sessions.expiresAt,
    })
    .from(sessions)
    .where(and(eq(sessions.accountId, accountId), isLive(ctx.config.sessions)))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.id))
    .limit(100);
  return rows.map((row) => ({ ...row, device: deviceOf(row.userAgent) }));
}

/** Every session of an account that is still kept, those that ended lately too, with the device of each: for its owner's export. */
export async function sessionsAbout(ctx: Ctx, accountId: string) {
  const rows = await ctx.db
    .select()
    .from(sessions)
    .where(eq(sessions.accountId, accountId))
    .orderBy(asc(sessions.createdAt), asc(sessions.id));
  return rows.map((row) => ({ ...row, device: deviceOf(row.userAgent) }));
}

export async function listSessions(ctx: Ctx): Promise<ReplyOf<typeof listContract>> {
  const { accountId, sessionId } = actorOf(ctx);
  const rows = await liveSessions(ctx, accountId);
  return { items: rows.map((row) => ({ ...row, current: row.id === sessionId })) };
}

/**
 * Ends one of the own sessions. Another than this takes a fresh authentication (ASVS 7.5.2): who has stolen one session is not
 * to throw the owner out of theirs.
 * @throws Problem 401 `reauthentication-required`; 404 for a session that is not one's own, or over.
 */
export async function endSession(ctx: Ctx, { id }: InputOf<typeof endContract>): Promise<undefined> {
  if (id !== actorOf(ctx).sessionId) await requireFreshAuthentication(ctx);
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

/** When somebody was last seen in any of their sessions, live or not, to the minute; null: in none that is still known. */
export async function lastSeenAt(ctx: Ctx, accountId: string): Promise<string | null> {
  const [row] = await ctx.db
    .select({ at: sessions.lastSeenAt })
    .from(sessions)
    .where(eq(sessions.accountId, accountId))
    .orderBy(desc(sessions.lastSeenAt))
    .limit(1);
  return row?.at ?? null;
}
