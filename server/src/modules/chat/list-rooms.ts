import type { listRooms as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, desc, eq, inArray, isNull, lt } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { memoryLimits } from '#server/limits.ts';
import { audit } from '#server/modules/audit/index.ts';
import { accountRooms, rooms } from './tables.ts';
import { viewRooms } from './view-rooms.ts';

/** The own rooms, newest first: a room's id is its request's and grows with time, so the key of the table is the order. */
export async function listRooms(
  ctx: Ctx,
  { limit = 20, cursor }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const after = decodeCursor(cursor, ['id']);
  const ids = await ownRoomIds(ctx, { accountId: actorOf(ctx).accountId, before: after?.[0], limit: limit + 1 });
  const page = toPage(
    ids,
    limit,
    (id) => [id],
    (id) => id,
  );
  await audit(ctx, {
    action: 'rooms.listed',
    subjectType: 'room',
    subjectId: null,
    details: { count: page.items.length },
  });
  return { items: await viewRooms(ctx, page.items), nextCursor: page.nextCursor };
}

/** Ids of the rooms that an account is in, newest first. */
export async function ownRoomIds(
  ctx: Ctx,
  { accountId, before, limit }: { accountId: string; before?: string | undefined; limit: number },
): Promise<string[]> {
  const rows = await ctx.chatDb
    .select({ roomId: accountRooms.roomId })
    .from(accountRooms)
    .where(
      and(
        eq(accountRooms.accountId, accountId),
        isNull(accountRooms.leftAt),
        before === undefined ? undefined : lt(accountRooms.roomId, before),
      ),
    )
    .orderBy(desc(accountRooms.roomId))
    .limit(limit);
  return rows.map(({ roomId }) => roomId);
}

/**
 * Ids of the rooms that a socket of an account carries: open ones first, then the newest. Only who has more than that, closed ones
 * together, is asked which are open.
 */
export async function carriedRoomIds(
  ctx: Ctx,
  { accountId, limit }: { accountId: string; limit: number },
): Promise<string[]> {
  const ids = await ownRoomIds(ctx, { accountId, limit: Math.max(limit, memoryLimits.roomsLookedAt) });
  if (ids.length <= limit) return ids;
  const rows = await ctx.chatDb
    .select({ roomId: rooms.roomId })
    .from(rooms)
    .where(and(inArray(rooms.roomId, ids), eq(rooms.status, 'open')));
  const open = new Set(rows.map(({ roomId }) => roomId));
  return [...ids.filter((id) => open.has(id)), ...ids.filter((id) => !open.has(id))].slice(0, limit);
}
