import type { addDiagnosis as contract, InputOf, ReplyOf } from '@openward/contracts';
import { eq, sql } from 'drizzle-orm';
import { newId } from '#platform/id.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { requestFor } from './access.ts';
import { knownCode } from './icd10/known-code.ts';
import { refusal } from './reservation.ts';
import { syncRoomJob } from './room.ts';
import { transition } from './states.ts';
import { careRequests, diagnoses } from './tables.ts';

/**
 * The doctor who took the request diagnoses; further diagnoses may follow the first until it is closed.
 * @throws Problem 404, 400 for a code that the imported table does not have, 409 `invalid-transition`.
 */
export async function addDiagnosis(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { id, title, description, recommendations } = input;
  const { accountId } = actorOf(ctx);
  const before = await requestFor(ctx, id, 'see');
  const icd10 = await knownCode(ctx, input.icd10);
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const changes = { diagnosedAt: sql`coalesce(${careRequests.diagnosedAt}, now())` };
    if (!(await transition(ctx, id, 'diagnose', changes, eq(careRequests.doctorId, accountId))))
      throw await refusal(ctx, 'diagnose', id);
    const [row] = await ctx.db
      .insert(diagnoses)
      .values({
        id: newId(),
        requestId: id,
        doctorId: accountId,
        title,
        icd10,
        description,
        recommendations,
      })
      .returning();
    if (row === undefined) throw new Error('The diagnosis was not stored.');
    await audit(ctx, {
      action: 'request.diagnosed',
      subjectType: 'request',
      subjectId: id,
      ownerId: before.patientId,
      details: { diagnosisId: row.id },
    });
    // Where the lease was about to end, the room may be closed already.
    if (before.acceptedUntil !== null) await ctx.jobs.send(syncRoomJob, { requestId: id });
    await notify(ctx, { accountId: before.patientId, kind: 'request-diagnosed', requestId: id });
    return { ...row, version: 1, correctedAt: null };
  });
}
