import type { correctDiagnosis as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { requestFor } from '../access.ts';
import { knownCode } from '../icd10/known-code.ts';
import { treatedStatuses } from '../lock-record.ts';
import { invalidTransition } from '../states.ts';
import { careRequests, diagnoses, diagnosisCorrections } from '../tables.ts';

/**
 * The doctor of a request corrects a diagnosis, of a closed request too: an error must not stand because a case is over. Of several
 * who read the same version one wins.
 * @throws Problem 404, 400 for a code that the imported table does not have, 409 `diagnosis-changed`, 409 `invalid-transition`.
 */
export async function correctDiagnosis(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { id: requestId, diagnosisId, title, description, recommendations, reason, version } = input;
  const { accountId } = actorOf(ctx);
  const request = await requestFor(ctx, requestId, 'see');
  if (request.doctorId !== accountId || !treatedStatuses.some((status) => status === request.status))
    throw invalidTransition('diagnose', request.status);
  const icd10 = await knownCode(ctx, input.icd10);
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    await holdRequest(ctx, requestId);
    const first = await lockDiagnosis(ctx, requestId, diagnosisId);
    const current = await newestVersion(ctx, diagnosisId);
    if (current !== version) {
      throw new Problem('diagnosis-changed', {
        detail: `It is at version ${current} now, and you read version ${version}. Read it anew, then correct that.`,
      });
    }
    const [row] = await ctx.db
      .insert(diagnosisCorrections)
      .values({
        ...{ diagnosisId, requestId, version: current + 1, doctorId: accountId },
        ...{ title, icd10, description, recommendations, reason },
      })
      .returning();
    if (row === undefined) throw new Error('The correction was not stored.');
    await audit(ctx, {
      action: 'diagnosis.corrected',
      subjectType: 'request',
      subjectId: requestId,
      ownerId: request.patientId,
      details: { diagnosisId, version: row.version },
    });
    await notify(ctx, { accountId: request.patientId, kind: 'request-corrected', requestId });
    const { createdAt: correctedAt } = row;
    return {
      ...{ id: diagnosisId, requestId, doctorId: accountId, title, icd10, description, recommendations },
      ...{ createdAt: first.createdAt, version: row.version, correctedAt },
    };
  });
}

/** Still the caller's, and not removed, until the transaction ends. */
async function holdRequest(ctx: Ctx, requestId: string): Promise<void> {
  const [row] = await ctx.db
    .select({ id: careRequests.id })
    .from(careRequests)
    .where(
      and(
        eq(careRequests.id, requestId),
        eq(careRequests.doctorId, actorOf(ctx).accountId),
        isNull(careRequests.removedAt),
      ),
    )
    .for('share');
  if (row === undefined) throw notFound();
}

/** Corrections of one diagnosis come one by one. */
async function lockDiagnosis(ctx: Ctx, requestId: string, diagnosisId: string) {
  const [row] = await ctx.db
    .select({ createdAt: diagnoses.createdAt })
    .from(diagnoses)
    .where(and(eq(diagnoses.id, diagnosisId), eq(diagnoses.requestId, requestId)))
    .for('no key update');
  if (row === undefined) throw notFound();
  return row;
}

async function newestVersion(ctx: Ctx, diagnosisId: string): Promise<number> {
  const [row] = await ctx.db
    .select({ version: sql<number>`coalesce(max(${diagnosisCorrections.version}), 1)::integer` })
    .from(diagnosisCorrections)
    .where(eq(diagnosisCorrections.diagnosisId, diagnosisId));
  return row?.version ?? 1;
}
