import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import { topic } from '#platform/bus/bus.ts';
import type { Ctx } from '#server/context.ts';
import { sessions } from './tables.ts';

export type EndReason =
  | 'logout'
  | 'logout-all'
  | 'ended-by-owner'
  | 'ended-by-admin'
  | 'password-changed'
  | 'password-reset'
  | 'email-changed'
  | 'email-change-undone'
  | 'banned'
  | 'deleted'
  | 'mfa-reset'
  | 'refresh-token-reused';

/** Tells nodes to look at the open sockets of an account again. */
export const sessionsEnded = topic<{ accountId: string }>('identity.sessions-ended');

/**
 * Ends sessions of an account: all, all but one, or one. From the commit on no call with them is let through; open
 * sockets hear of it over the bus, and by their own look at the database within 2 s.
 * @returns how many were live.
 */
export async function endSessions(
  ctx: Ctx,
  { accountId, only, except, because }: { accountId: string; only?: string; except?: string; because: EndReason },
): Promise<number> {
  const ended = await ctx.db
    .update(sessions)
    .set({ endedAt: sql`now()`, endedBecause: because })
    .where(
      and(
        eq(sessions.accountId, accountId),
        isNull(sessions.endedAt),
        only === undefined ? undefined : eq(sessions.id, only),
        except === undefined ? undefined : ne(sessions.id, except),
      ),
    )
    .returning({ id: sessions.id });
  if (ended.length > 0) ctx.afterCommit(() => ctx.bus.publish(sessionsEnded, { accountId }));
  return ended.length;
}
