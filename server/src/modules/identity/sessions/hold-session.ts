import { and, eq, isNull } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { sessions } from '../tables.ts';
import { sessionEnded } from './refuse-session.ts';

/**
 * Makes sure, under the account's lock, that the caller's session has not been ended since the call came in.
 * @throws Problem 401 `session-ended`.
 */
export async function holdSession(ctx: Ctx): Promise<void> {
  const isLive = and(eq(sessions.id, actorOf(ctx).sessionId), isNull(sessions.endedAt));
  const [live] = await ctx.db.select({ id: sessions.id }).from(sessions).where(isLive);
  if (live === undefined) throw sessionEnded();
}
