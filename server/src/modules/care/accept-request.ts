import type { acceptRequest as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, eq, isNull, or, sql } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { requestFor } from './access.ts';
import { leaseEnd, watchLease } from './lease.ts';
import { recordEvent } from './record-event.ts';
import { syncRoomJob } from './room.ts';
import { invalidTransition, transition } from './states.ts';
import { careRequests } from './tables.ts';
import { loadRequest } from './view.ts';

/**
 * A doctor takes a request. Of many at once exactly one wins: the statement takes it. Accepting again what one has is
 * fine and changes nothing. It is a lease: see lease.ts.
 * @throws Problem 404, 409 `request-already-taken`, 409 `invalid-transition`.
 */
export async function acceptRequest(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { accountId } = actorOf(ctx);
  const before = await requestFor(ctx, id, 'take');
  const taken = await ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const forMe = and(
      isNull(careRequests.lockedAt),
      or(eq(careRequests.doctorId, accountId), eq(careRequests.openToSpecialty, true)),
    );
    const changes = { doctorId: accountId, acceptedAt: sql`now()`, acceptedUntil: leaseEnd(ctx) };
    if (!(await transition(ctx, id, 'accept', changes, forMe))) return null;
    await recordEvent(ctx, { requestId: id, kind: 'accepted', doctorId: accountId });
    await audit(ctx, { action: 'request.accepted', subjectType: 'request', subjectId: id, ownerId: before.patientId });
    await ctx.jobs.send(syncRoomJob, { requestId: id });
    await watchLease(ctx, id);
    await notify(ctx, { accountId: before.patientId, kind: 'request-accepted', requestId: id });
    return loadRequest(ctx, id);
  });
  if (taken !== null) return taken;
  const row = await requestFor(ctx, id, 'take');
  if (row.doctorId === accountId && (row.status === 'accepted' || row.status === 'diagnosed'))
    return loadRequest(ctx, id);
  if (row.doctorId !== accountId && row.doctorId !== null) {
    throw new Problem('request-already-taken', {
      detail: 'Another doctor was faster. Look into the incoming box for others.',
    });
  }
  throw invalidTransition('accept', row.status);
}
