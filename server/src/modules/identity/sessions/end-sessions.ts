import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import { topic } from '#platform/bus/bus.ts';
import type { Ctx } from '#server/context.ts';
import { sessions } from '../tables.ts';
import { markSessionsChanged } from './session-cache.ts';

export type EndReason =
  | 'logout'
  | 'logout-all'
  | 'ended-by-owner'
  | 'replaced'
  | 'too-many'
  | 'ended-by-admin'
  | 'password-changed'
  | 'password-reset'
  | 'email-changed'
  | 'email-change-undone'
  | 'banned'
  | 'deleted'
  | 'mfa-reset'
  | 'refresh-token-reused'
  | 'restored';

/** Tells nodes to look at the open sockets of an account again. Published by {@link announceChange}. */
export const sessionsEnded = topic<{ accountId: string }>('identity.sessions-ended');

/**
 * Ends sessions of an account: all, all but one, or one. From the answer on no call with them is let through on any
 * node; open sockets hear of it over the bus, and by their own look at the database within 2 s.
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
  if (ended.length > 0) await announceChange(ctx, accountId);
  return ended.length;
}

/**
 * Ends every session there is: for a database that was restored, in which sessions are live again that had been ended after the backup. Before any
 * node runs. @returns how many were live
 */
export async function endAllSessions(ctx: Ctx): Promise<number> {
  const { rowCount } = await ctx.db
    .update(sessions)
    .set({ endedAt: sql`now()`, endedBecause: 'restored' })
    .where(isNull(sessions.endedAt));
  return rowCount ?? 0;
}

/**
 * Makes a change of what an account's sessions may do felt everywhere at once: on calls before the answer, on sockets soon
 * after. Within the transaction of the change. Without it the change is felt within 600 ms, and on sockets within 2 s.
 */
export async function announceChange(ctx: Ctx, accountId: string): Promise<void> {
  ctx.afterCommit(() => ctx.bus.publish(sessionsEnded, { accountId }, ctx.origin.trace));
  if (ctx.redis === null) return;
  const { rows } = await ctx.db.execute<{ xid: string }>(sql`SELECT pg_current_xact_id()::text AS xid`);
  // Also when the outcome of the commit is not known: the change may have happened.
  await ctx.afterTx((ctx) => markSessionsChanged(ctx, accountId, Number(rows[0]?.xid)));
}
