import { and, eq, inArray, type Placeholder, type SQL, sql } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import type { RequestRow } from '../access.ts';
import { announceRequest } from '../request-changed.ts';
import { careRequests, careTransfers } from '../tables.ts';

export type TransferRow = typeof careTransfers.$inferSelect;

export const isOpen = inArray(careTransfers.status, ['offered', 'consented']);

/**
 * A request and its open transfer, both held until the transaction ends: of what patient, doctors and admins do at the same moment
 * one comes wholly before the other. The request first, as everything that changes a request.
 */
export async function holdTransfer(
  ctx: Ctx,
  requestId: string,
): Promise<{ request: RequestRow; transfer: TransferRow | null }> {
  const [request] = await ctx.db.select().from(careRequests).where(eq(careRequests.id, requestId)).for('no key update');
  if (request === undefined) throw new Error(`Request ${requestId} is not there.`);
  const [transfer] = await ctx.db
    .select()
    .from(careTransfers)
    .where(and(eq(careTransfers.requestId, requestId), isOpen))
    .for('update');
  return { request, transfer: transfer ?? null };
}

/** Ends a transfer that is held. */
export async function settleTransfer(
  ctx: Ctx,
  { id, requestId }: TransferRow,
  status: Exclude<TransferRow['status'], 'offered' | 'consented'>,
): Promise<void> {
  announceRequest(ctx, requestId, { queue: false });
  await ctx.db.update(careTransfers).set({ status, endedAt: sql`now()` }).where(eq(careTransfers.id, id));
}

/** What the caller wanted is not possible as the transfer stands. */
export function noTransfer(detail: string): Problem {
  return new Problem('invalid-transition', { detail });
}

/** Requests that a patient has consented to hand over to this doctor: who decides whether to take one has to see it. */
export function offeredTo(doctorId: string | Placeholder | SQL): SQL {
  return sql`EXISTS (SELECT 1 FROM ${careTransfers} AS offer
    WHERE offer.request_id = ${careRequests.id} AND offer.to_doctor_id = ${doctorId} AND offer.status = 'consented')`;
}
