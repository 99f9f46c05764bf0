import type { declineRequest as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { requestFor } from './access.ts';
import { recordEvent } from './record-event.ts';
import { notReserved, refusal } from './reservation.ts';
import { transition } from './states.ts';
import { careRequests } from './tables.ts';
import { loadRequest } from './view.ts';

/** Only what was sent to oneself can be declined. @throws Problem 404, 409 `invalid-transition`. */
export async function declineRequest(
  ctx: Ctx,
  { id, reason }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const { accountId } = actorOf(ctx);
  const before = await requestFor(ctx, id, 'see');
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const sentToMe = and(eq(careRequests.doctorId, accountId), notReserved);
    if (!(await transition(ctx, id, 'decline', { closedAt: sql`now()` }, sentToMe)))
      throw await refusal(ctx, 'decline', id);
    await recordEvent(ctx, { requestId: id, kind: 'declined', doctorId: accountId, reason });
    await audit(ctx, { action: 'request.declined', subjectType: 'request', subjectId: id, ownerId: before.patientId });
    await notify(ctx, { accountId: before.patientId, kind: 'request-declined', requestId: id });
    return loadRequest(ctx, id);
  });
}
