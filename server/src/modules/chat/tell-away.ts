import { and, eq, gt, isNull, ne, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { Db } from '#platform/database/connect.ts';
import { job } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { lastSeenAt } from '#server/modules/identity/index.ts';
import { lastTold, notify } from '#server/modules/notices/index.ts';
import { presenceOf } from './presence.ts';
import { messages, roomMembers } from './tables.ts';

/** Looks whom of a room there is to tell of messages that they have not read. */
export const tellAwayJob = job<{ roomId: string; tries?: number }>('chat.tell-away');

/** So long somebody who is away may find a message by themselves. And a room has one job in so long a time, on all nodes together. */
const patienceS = 300;
/** Times are compared that two clocks have told. */
const clockSlackS = 10;
/** Who is online and does not read has the portal in the background: looked for again, an hour long. */
const maxTries = 12;

/** Rooms that this node has sent a job for in this slot of time: the database is asked once a room and slot, not for each message. */
const sent = new WeakMap<Db, LRUCache<string, number>>();

/**
 * A message was written: once it has had time to be read, somebody looks whether it was. Never in the way of the message, and
 * where the main database is away there is no notice: what is unread is seen in the portal all the same.
 */
export function tellAwayLater(ctx: Ctx, roomId: string): void {
  const slot = Math.floor(ctx.clock.now().getTime() / 1000 / patienceS);
  const known = sent.get(ctx.chatDb) ?? new LRUCache<string, number>({ max: 20_000 });
  sent.set(ctx.chatDb, known);
  if (known.get(roomId) === slot) return;
  known.set(roomId, slot);
  const startAfter = new Date(ctx.clock.now().getTime() + patienceS * 1000).toISOString();
  // Not tried with the next message: a database that is away is not to be asked by every one of them.
  ctx.jobs.sendSoon(tellAwayJob, { roomId }, { startAfter, once: { key: `${roomId} ${slot}` } });
}

/**
 * Tells the members of a room who are away and have unread messages that have waited long enough: once, then nothing until they
 * were here. What is true is asked now: who has read meanwhile, or left, is not told.
 */
export async function tellAway(ctx: Ctx, { roomId, tries = 0 }: { roomId: string; tries?: number }): Promise<void> {
  const waiting = await membersBehind(ctx, roomId);
  const online = await presenceOf(
    ctx,
    waiting.map(({ accountId }) => accountId),
  );
  let again = false;
  for (const { accountId, waitedS } of waiting) {
    if (waitedS < patienceS - clockSlackS || (online.get(accountId)?.online === true && tries < maxTries)) again = true;
    else await tell(ctx, { accountId, roomId });
  }
  if (!again) return;
  const startAfter = new Date(ctx.clock.now().getTime() + patienceS * 1000).toISOString();
  await ctx.jobs.send(tellAwayJob, { roomId, tries: tries + 1 }, { startAfter });
}

/** Under a lock of its own: two jobs of a room, or one that is run twice, tell once. */
async function tell(ctx: Ctx, to: { accountId: string; roomId: string }): Promise<void> {
  const seen = (await presenceOf(ctx, [to.accountId])).get(to.accountId)?.lastSeenAt ?? null;
  await ctx.tx(async (ctx) => {
    await ctx.db.execute(sql`SELECT pg_advisory_xact_lock(hashtext(${`tell ${to.roomId} ${to.accountId}`}))`);
    const told = await lastTold(ctx, to);
    if (told !== null) {
      const here = [seen, await lastSeenAt(ctx, to.accountId)].filter((at) => at !== null);
      if (!here.some((at) => at > told)) return;
    }
    await notify(ctx, { ...to, kind: 'new-message' });
  });
}

/** Who is in the room and has not read all that others wrote, and for how long the oldest of it has waited. */
async function membersBehind(ctx: Ctx, roomId: string): Promise<{ accountId: string; waitedS: number }[]> {
  return ctx.chatDb
    .select({
      accountId: roomMembers.accountId,
      waitedS: sql<number>`extract(epoch FROM now() - min(${messages.sentAt}))`.mapWith(Number),
    })
    .from(roomMembers)
    .innerJoin(
      messages,
      and(
        eq(messages.roomId, roomMembers.roomId),
        gt(messages.seq, roomMembers.readSeq),
        ne(messages.senderId, roomMembers.accountId),
        isNull(messages.retractedAt),
      ),
    )
    .where(and(eq(roomMembers.roomId, roomId), eq(messages.roomId, roomId), isNull(roomMembers.leftAt)))
    .groupBy(roomMembers.accountId);
}
