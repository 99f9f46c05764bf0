import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Ctx } from '#server/context.ts';
import { type FoundFlag, findRedFlags, flagRequestJob } from '#server/modules/care/index.ts';
import { untoldFlags } from './tables.ts';

/**
 * Looks into what a patient wrote, once it is committed. Of what is found only the names of the rules leave, by a job; few messages have any.
 * The main database away, they wait beside the message and are told when it is back ({@link tellFlags}). To be awaited before the ack: who dies in
 * between, or can write neither, is asked again by the client, which has none.
 * @throws the driver's error when neither database takes it.
 */
export async function lookForRedFlags(
  ctx: Ctx,
  { roomId, text }: { roomId: string; text: string | null },
): Promise<void> {
  if (ctx.actor?.role === 'patient' && text !== null) await tellRedFlags(ctx, roomId, findRedFlags(text));
}

/** What would be found in a text: a turn later, while the message is on its way to the database and the processor waits. */
export async function redFlagsOf({ actor }: Ctx, text: string): Promise<readonly FoundFlag[]> {
  if (actor?.role !== 'patient') return [];
  await nextTurn();
  return findRedFlags(text);
}

/** As {@link lookForRedFlags}, of what was found before. */
export async function tellRedFlags(ctx: Ctx, roomId: string, flags: readonly FoundFlag[]): Promise<void> {
  if (flags.length === 0) return;
  try {
    await ctx.jobs.send(flagRequestJob, { requestId: roomId, flags });
  } catch (error) {
    ctx.log.warn({ roomId, err: error }, 'red flags of a message are told later');
    await ctx.chatDb
      .insert(untoldFlags)
      .values(flags.map(({ rule, version }) => ({ roomId, rule, version })))
      .onConflictDoNothing();
  }
}
