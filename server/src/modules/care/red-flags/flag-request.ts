import type { RedFlag } from '@openward/contracts';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { job } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { redFlagsFound } from '../counters.ts';
import { announceRequest } from '../request-changed.ts';
import { careRedFlags, careRequests } from '../tables.ts';
import { type FoundFlag, urgencyWith } from './find-red-flags.ts';

/** What was found in a message: the text itself stays where it is. */
export const flagRequestJob = job<{ requestId: string; flags: FoundFlag[] }>('care.flag-request');

/** Keeps what was found in the words of a patient. Within the caller's transaction. @returns those that are new. */
export async function keepFlags(
  ctx: Ctx,
  requestId: string,
  flags: readonly FoundFlag[],
  source: RedFlag['source'],
): Promise<string[]> {
  if (flags.length === 0) return [];
  const kept = await ctx.db
    .insert(careRedFlags)
    .values(flags.map(({ rule, version }) => ({ requestId, rule, version, source })))
    .onConflictDoNothing()
    .returning({ rule: careRedFlags.rule });
  ctx.afterCommit(() => {
    for (const { rule } of kept) ctx.metrics.count(redFlagsFound, { rule });
  });
  return kept.map(({ rule }) => rule);
}

/** Red flags in what a patient wrote in the chat: kept, and the urgency raised if they say so. It never falls. Again it changes nothing. */
export async function flagRequest(
  ctx: Ctx,
  { requestId, flags }: { requestId: string; flags: FoundFlag[] },
): Promise<void> {
  await ctx.tx(async (ctx) => {
    const [request] = await ctx.db
      .select()
      .from(careRequests)
      .where(and(eq(careRequests.id, requestId), isNull(careRequests.removedAt)))
      .for('no key update');
    if (request === undefined) return;
    const kept = await keepFlags(ctx, requestId, flags, 'message');
    if (kept.length === 0) return;
    const urgency = urgencyWith(request.urgency, flags);
    await ctx.db
      .update(careRequests)
      .set({ urgency, version: sql`${careRequests.version} + 1` })
      .where(eq(careRequests.id, requestId));
    await audit(ctx, {
      action: 'request.flagged',
      subjectType: 'request',
      subjectId: requestId,
      ownerId: request.patientId,
      details: { source: 'message', urgency },
    });
    announceRequest(ctx, requestId, { queue: request.status === 'submitted' });
  });
}
