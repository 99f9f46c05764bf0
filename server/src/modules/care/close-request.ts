import type { closeRequest as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { requestFor } from './access.ts';
import { notAhead, refusal } from './reservation.ts';
import { syncRoomJob } from './room.ts';
import { transition } from './states.ts';
import { careRequests } from './tables.ts';
import { loadRequest } from './view.ts';

/** Ends a diagnosed request; its room becomes read-only. Not while its appointment is to come. @throws Problem 404, 409 `invalid-transition`. */
export async function closeRequest(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const before = await requestFor(ctx, id, 'see');
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const mine = and(eq(careRequests.doctorId, actorOf(ctx).accountId), notAhead);
    if (!(await transition(ctx, id, 'close', { closedAt: sql`now()` }, mine))) throw await refusal(ctx, 'close', id);
    await audit(ctx, { action: 'request.closed', subjectType: 'request', subjectId: id, ownerId: before.patientId });
    await ctx.jobs.send(syncRoomJob, { requestId: id });
    return loadRequest(ctx, id);
  });
}
