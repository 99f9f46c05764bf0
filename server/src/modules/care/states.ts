import type { RequestStatus } from '@openward/contracts';
import { and, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { announceRequest } from './request-changed.ts';
import { careRequests } from './tables.ts';
import { endTransfers } from './transfers/end-transfers.ts';

/** Everything that can happen to a request, from which states, to which. Postgres guards the same table once more. */
export const transitions = {
  accept: { from: ['submitted'], to: 'accepted' },
  decline: { from: ['submitted'], to: 'declined' },
  cancel: { from: ['submitted'], to: 'cancelled' },
  release: { from: ['accepted'], to: 'submitted' },
  diagnose: { from: ['accepted', 'diagnosed'], to: 'diagnosed' },
  close: { from: ['diagnosed'], to: 'closed' },
} as const satisfies Record<string, { from: readonly RequestStatus[]; to: RequestStatus }>;

export type Act = keyof typeof transitions;
type Changes = PgUpdateSetSource<typeof careRequests>;

/**
 * Makes a transition in one atomic statement: of many at once, one finds the request in a state that it may leave. Who is concerned
 * hears of it after the commit. Within the caller's transaction.
 * @returns whether it was this call.
 */
export async function transition(ctx: Ctx, id: string, act: Act, changes: Changes = {}, only?: SQL): Promise<boolean> {
  const { from, to } = transitions[act];
  const [row] = await ctx.db
    .update(careRequests)
    .set({ ...changes, status: to, version: sql`${careRequests.version} + 1` })
    .where(and(eq(careRequests.id, id), inArray(careRequests.status, [...from]), isNull(careRequests.removedAt), only))
    .returning({ id: careRequests.id });
  if (row === undefined) return false;
  // With its doctor it is no longer.
  if (act === 'release' || act === 'close') await endTransfers(ctx, [id]);
  announceRequest(ctx, id, { queue: from.some((state) => state === 'submitted') || to === 'submitted' });
  return true;
}

/** What the caller wanted is not possible in the state that the request has. */
export function invalidTransition(act: Act, status: RequestStatus): Problem {
  return new Problem('invalid-transition', {
    detail: `A request that is ${status} cannot be ${words[act]}; it would have to be ${transitions[act].from.join(' or ')}.`,
  });
}

export const words: Record<Act, string> = {
  accept: 'accepted',
  decline: 'declined',
  cancel: 'cancelled',
  release: 'released',
  diagnose: 'diagnosed',
  close: 'closed',
};
