import { inArray } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { requestsAfter, syncRoomJob } from '#server/modules/care/index.ts';
import { removeMessagesJob } from './remove-messages.ts';
import { rooms } from './tables.ts';

const requestsAtOnce = 1000;

/**
 * Sends the jobs that bring the chat in line with the care requests, for databases that were restored: the chat's is of a moment before the main
 * one's, and a job that was done in between is in neither. What is in line already gets none.
 * @returns how many rooms were behind.
 */
export async function followRestored(ctx: Ctx): Promise<number> {
  let behind = 0;
  const emptied = new Set<string>();
  for (let after: string | null = null; ; ) {
    const requests: Awaited<ReturnType<typeof requestsAfter>> = await requestsAfter(ctx, after, requestsAtOnce);
    const versions = await versionsOf(
      ctx,
      requests.map(({ id }) => id),
    );
    for (const { id, version, hasRoom, patientId, removed } of requests) {
      if (removed) emptied.add(patientId);
      if (!hasRoom || (versions.get(id) ?? -1) >= version) continue;
      behind += 1;
      await ctx.jobs.send(syncRoomJob, { requestId: id });
    }
    after = requests.at(-1)?.id ?? null;
    if (requests.length < requestsAtOnce) break;
  }
  // Of those whose record has been removed: what they wrote may be there again.
  for (const accountId of emptied) await ctx.jobs.send(removeMessagesJob, { accountId });
  return behind;
}

async function versionsOf(ctx: Ctx, ids: string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await ctx.chatDb
    .select({ roomId: rooms.roomId, version: rooms.requestVersion })
    .from(rooms)
    .where(inArray(rooms.roomId, ids));
  return new Map(rows.map(({ roomId, version }) => [roomId, version]));
}
