import type { releaseRequest as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { type RequestRow, requestFor } from './access.ts';
import { cancelLocked } from './lock-record.ts';
import { recordEvent } from './record-event.ts';
import { notReserved, refusal, unreserved } from './reservation.ts';
import { syncRoomJob } from './room.ts';
import { transition } from './states.ts';
import { careRequests } from './tables.ts';
import { loadRequest } from './view.ts';

/**
 * The doctor hands an accepted request back: it is open to its specialty, whoever it was first sent to; the room closes. Where
 * the patient is gone, it ends.
 * @throws Problem 404, 409 `invalid-transition`.
 */
export async function releaseRequest(
  ctx: Ctx,
  { id, reason }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const { accountId } = actorOf(ctx);
  const before = await requestFor(ctx, id, 'see');
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const mine = and(eq(careRequests.doctorId, accountId), notReserved);
    if (!(await transition(ctx, id, 'release', handedBack('released'), mine))) throw await refusal(ctx, 'release', id);
    await recordEvent(ctx, { requestId: id, kind: 'released', doctorId: accountId, reason });
    await cancelLocked(ctx, eq(careRequests.id, id));
    await audit(ctx, { action: 'request.released', subjectType: 'request', subjectId: id, ownerId: before.patientId });
    await ctx.jobs.send(syncRoomJob, { requestId: id });
    await notify(ctx, { accountId: before.patientId, kind: 'request-handed-back', requestId: id });
    return loadRequest(ctx, id);
  });
}

/** What handing back changes beside the status. It waits anew, at the place that its age gives it. */
export function handedBack(because: NonNullable<RequestRow['returnedBecause']>) {
  return {
    doctorId: null,
    openToSpecialty: true,
    acceptedAt: null,
    acceptedUntil: null,
    returnedAt: sql`now()`,
    returnedBecause: because,
    escalation: 0,
    ...unreserved,
  };
}
