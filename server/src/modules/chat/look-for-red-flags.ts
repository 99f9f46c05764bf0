import type { Ctx } from '#server/context.ts';
import { findRedFlags, flagRequestJob } from '#server/modules/care/index.ts';

/**
 * Looks into what a patient wrote, once it is committed. Of what is found only the names of the rules leave, by a job; few messages have any.
 * To be awaited before the ack: who dies in between is asked again by the client, which has none. The main database away, the ack goes out all the same.
 */
export async function lookForRedFlags(
  ctx: Ctx,
  { roomId, text }: { roomId: string; text: string | null },
): Promise<void> {
  if (ctx.actor?.role !== 'patient' || text === null) return;
  const flags = findRedFlags(text);
  if (flags.length === 0) return;
  try {
    await ctx.jobs.send(flagRequestJob, { requestId: roomId, flags });
  } catch (error) {
    ctx.log.warn({ roomId, err: error }, 'red flags of a message could not be told');
  }
}
