import { createHash } from 'node:crypto';
import { and, eq, gt, lt, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { socketTickets } from './tables.ts';

/**
 * Uses a ticket up. Of many at once one gets it, since the row goes with it.
 * @returns whose session it was issued to, or null for one that is unknown, used or too old.
 */
export async function takeTicket(ctx: Ctx, ticket: string): Promise<{ accountId: string; sessionId: string } | null> {
  const [row] = await ctx.chatDb
    .delete(socketTickets)
    .where(and(eq(socketTickets.ticketHash, hashOf(ticket)), gt(socketTickets.expiresAt, sql`now()`)))
    .returning({ accountId: socketTickets.accountId, sessionId: socketTickets.sessionId });
  return row ?? null;
}

/** A ticket is 256 random bits, so a plain hash keeps it as safe as a slow one would. */
export function hashOf(ticket: string): Buffer {
  return createHash('sha256').update(ticket).digest();
}

/** Drops tickets that nobody used in time. */
export async function dropExpiredTickets(ctx: Ctx): Promise<void> {
  await ctx.chatDb.delete(socketTickets).where(lt(socketTickets.expiresAt, sql`now()`));
}
