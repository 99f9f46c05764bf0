import { and, asc, eq, inArray } from 'drizzle-orm';
import { job } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { flagRequestJob } from '#server/modules/care/index.ts';
import { untoldFlags } from './tables.ts';

/** By the clock, whose jobs lie in the main database: when it runs, that is back. */
export const tellFlagsJob = job<Record<string, never>>('chat.tell-flags');

/** Of so many rooms at once: each is a job. */
const batchSize = 200;

/**
 * Tells the main database of the red flags that it could not be told of when they were found. A room's job is sent before its rows go, so
 * that who dies in between tells it twice, which changes nothing, and never not at all. @returns of how many rooms.
 */
export async function tellFlags(ctx: Ctx): Promise<number> {
  let told = 0;
  for (;;) {
    const rows = await ctx.chatDb
      .selectDistinct({ roomId: untoldFlags.roomId })
      .from(untoldFlags)
      .orderBy(asc(untoldFlags.roomId))
      .limit(batchSize);
    for (const { roomId } of rows) await tellRoom(ctx, roomId);
    told += rows.length;
    if (rows.length < batchSize) return told;
  }
}

async function tellRoom(ctx: Ctx, roomId: string): Promise<void> {
  const { rule, version } = untoldFlags;
  const flags = await ctx.chatDb.select({ rule, version }).from(untoldFlags).where(eq(untoldFlags.roomId, roomId));
  if (flags.length === 0) return;
  await ctx.jobs.send(flagRequestJob, { requestId: roomId, flags });
  const told = flags.map((flag) => flag.rule);
  await ctx.chatDb.delete(untoldFlags).where(and(eq(untoldFlags.roomId, roomId), inArray(rule, told)));
}
