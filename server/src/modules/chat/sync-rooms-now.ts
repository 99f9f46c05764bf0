import { setTimeout as sleep } from 'node:timers/promises';
import type { Ctx } from '#server/context.ts';
import { syncRoom } from './sync-room.ts';

/** So long a caller waits at most, when the chat database is away or slow. */
const patienceMs = 2000;
const roomsAtOnce = 4;

/**
 * Brings rooms in line with their requests before the caller is answered, so that a room that has to close takes nothing from the
 * answer on. To be called after the commit of the change, which has sent each room's job as well: what cannot be done here, or not
 * in time, is done by that. Never throws.
 */
export async function syncRoomsNow(ctx: Ctx, requestIds: readonly string[]): Promise<void> {
  const waiting = [...requestIds];
  const work = async () => {
    for (let requestId = waiting.shift(); requestId !== undefined; requestId = waiting.shift())
      await syncRoom(ctx, { requestId });
  };
  const over = new AbortController();
  const done = Promise.all(Array.from({ length: roomsAtOnce }, work))
    .catch((err: unknown) => ctx.log.warn({ err }, 'rooms are left to their jobs'))
    .finally(() => over.abort());
  await Promise.race([done, sleep(patienceMs, undefined, { signal: over.signal }).catch(() => {})]);
  waiting.length = 0;
}
