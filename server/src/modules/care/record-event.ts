import { newId } from '#platform/id.ts';
import type { Ctx } from '#server/context.ts';
import { careRequestEvents } from './tables.ts';

/** What a doctor loses a request by. */
export const returningKinds = ['released', 'taken-back', 'lease-ended'] as const;

/** Keeps who took a request and why somebody gave it up. Reasons are health text: they stay here, out of audit and mails. */
export async function recordEvent(
  ctx: Ctx,
  event: {
    requestId: string;
    kind: (typeof careRequestEvents.$inferInsert)['kind'];
    doctorId?: string;
    reason?: string | undefined;
  },
): Promise<void> {
  const { requestId, kind, doctorId, reason } = event;
  await ctx.db
    .insert(careRequestEvents)
    .values({ id: newId(), requestId, kind, doctorId: doctorId ?? null, reason: reason ?? null });
}
