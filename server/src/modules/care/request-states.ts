import type { RequestStatus } from '@openward/contracts';
import { inArray } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { careRequests } from './tables.ts';

/** How requests stand, for who has shown that the caller may know of them. */
export async function requestStates(
  ctx: Ctx,
  ids: readonly string[],
): Promise<Map<string, { status: RequestStatus; roomId: string | null }>> {
  const rows = await ctx.db
    .select({ id: careRequests.id, status: careRequests.status, roomId: careRequests.roomId })
    .from(careRequests)
    .where(inArray(careRequests.id, [...ids]));
  return new Map(rows.map(({ id, ...state }) => [id, state]));
}
