import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { socketLimits } from '#server/limits.ts';
import { chatNodes, lastSeen, presence } from './tables.ts';

/** `lastSeenAt`: when they went offline last; null for who never did. */
export type Presence = { online: boolean; lastSeenAt: string | null };

const { presenceLeaseMs } = socketLimits;
const lease = (ms: number) => sql`make_interval(secs => ${ms / 1000})`;
const uuids = (ids: readonly string[]) => sql`${sql.param([...ids])}::uuid[]`;

/** How things stand at this moment, by the database's clock. A node that no longer beats has no sockets. */
export async function presenceOf(
  ctx: Ctx,
  accountIds: readonly string[],
  leaseMs: number = presenceLeaseMs,
): Promise<Map<string, Presence>> {
  if (accountIds.length === 0) return new Map();
  const { rows } = await ctx.chatDb.execute<{ account_id: string; online: boolean; seen_at: Date | string | null }>(sql`
    SELECT asked.account_id, seen.seen_at,
      EXISTS (
        SELECT 1 FROM ${presence} JOIN ${chatNodes} ON ${chatNodes.nodeId} = ${presence.nodeId}
        WHERE ${presence.accountId} = asked.account_id AND ${chatNodes.beatAt} > now() - ${lease(leaseMs)}
      ) AS online
    FROM unnest(${uuids([...new Set(accountIds)])}) AS asked (account_id)
    LEFT JOIN ${lastSeen} AS seen ON seen.account_id = asked.account_id`);
  return new Map(
    rows.map(({ account_id, online, seen_at }) => [
      account_id,
      { online, lastSeenAt: seen_at === null ? null : new Date(seen_at).toISOString() },
    ]),
  );
}

/** A node's sign of life. @returns whether the node was not known (any more): then nothing is known of its sockets either. */
export async function beat(ctx: Ctx, nodeId: string): Promise<boolean> {
  const [row] = await ctx.chatDb
    .insert(chatNodes)
    .values({ nodeId })
    .onConflictDoUpdate({ target: chatNodes.nodeId, set: { beatAt: sql`now()` } })
    .returning({ isNew: sql<boolean>`xmax = 0` });
  return row?.isNew ?? true;
}

/** These accounts have sockets on this node. */
export async function joinPresence(ctx: Ctx, nodeId: string, accountIds: readonly string[]): Promise<void> {
  await ctx.chatDb
    .insert(presence)
    .values(accountIds.map((accountId) => ({ accountId, nodeId })))
    .onConflictDoNothing();
}

/** These have none any more, for `agoMs` already. */
export async function leavePresence(
  ctx: Ctx,
  nodeId: string,
  accountIds: readonly string[],
  agoMs: number,
): Promise<void> {
  await ctx.chatTx(async (ctx) => {
    const left = await ctx.chatDb
      .delete(presence)
      .where(and(eq(presence.nodeId, nodeId), inArray(presence.accountId, [...accountIds])))
      .returning({ accountId: presence.accountId });
    await see(ctx, left, sql`now() - ${lease(agoMs)}`);
  });
}

/**
 * Takes nodes that died out of the list, with all that they had. Of many who do so at once one gets each.
 * @returns the accounts that had sockets there.
 */
export async function reapNodes(ctx: Ctx, leaseMs: number): Promise<string[]> {
  return ctx.chatTx(async (ctx) => {
    const dead = await ctx.chatDb
      .delete(chatNodes)
      .where(sql`${chatNodes.beatAt} < now() - ${lease(leaseMs)}`)
      .returning();
    const gone: string[] = [];
    for (const { nodeId, beatAt } of dead) {
      const left = await ctx.chatDb
        .delete(presence)
        .where(eq(presence.nodeId, nodeId))
        .returning({ accountId: presence.accountId });
      await see(ctx, left, sql`${beatAt}::timestamptz`);
      gone.push(...left.map(({ accountId }) => accountId));
    }
    return gone;
  });
}

async function see(ctx: Ctx, accounts: { accountId: string }[], at: ReturnType<typeof sql>): Promise<void> {
  if (accounts.length === 0) return;
  // In one order everywhere, so that two nodes do not wait for each other.
  const inOrder = [...accounts].sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
  await ctx.chatDb
    .insert(lastSeen)
    .values(inOrder.map(({ accountId }) => ({ accountId, seenAt: at })))
    .onConflictDoUpdate({
      target: lastSeen.accountId,
      set: { seenAt: sql`greatest(${lastSeen.seenAt}, excluded.seen_at)` },
    });
}
