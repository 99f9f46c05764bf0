import type { rateRequest as contract, InputOf, ReplyOf } from '@openward/contracts';
import { desc, eq } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { findRingJob } from '#server/modules/abuse/index.ts';
import { audit } from '#server/modules/audit/index.ts';
import { recordRating } from '#server/modules/doctors/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { requestFor } from './access.ts';
import { announceRequest } from './request-changed.ts';
import { diagnoses } from './tables.ts';

/**
 * The patient rates, once, the doctor who diagnosed: of several the last, whoever has the request since. @throws Problem 404, 409 `not-diagnosed-yet`, 409 `already-rated`.
 */
export async function rateRequest(
  ctx: Ctx,
  { id, stars, comment }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const { patientId } = await requestFor(ctx, id, 'see');
  const doctorId = await lastToDiagnose(ctx, id);
  if (doctorId === null) {
    throw new Problem('not-diagnosed-yet', { detail: 'You can rate once the doctor has diagnosed.' });
  }
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const rating = await recordRating(ctx, { requestId: id, doctorId, patientId, stars, comment: comment ?? null });
    await ctx.jobs.send(findRingJob, { doctorId });
    await audit(ctx, { action: 'request.rated', subjectType: 'request', subjectId: id, details: { stars, doctorId } });
    announceRequest(ctx, id, { queue: false });
    return rating;
  });
}

async function lastToDiagnose(ctx: Ctx, requestId: string): Promise<string | null> {
  const [last] = await ctx.db
    .select({ doctorId: diagnoses.doctorId })
    .from(diagnoses)
    .where(eq(diagnoses.requestId, requestId))
    .orderBy(desc(diagnoses.createdAt), desc(diagnoses.id))
    .limit(1);
  return last?.doctorId ?? null;
}
