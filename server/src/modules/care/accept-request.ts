import type { acceptRequest as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm';
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
  const own = row.doctorId === accountId ? await loadOwn(ctx, id) : null;
  if (own !== null) return own;
  if (row.doctorId !== accountId && row.doctorId !== null) {
    throw new Problem('request-already-taken', {
      detail: 'Another doctor was faster. Look into the incoming box for others.',
    });
  }
  throw invalidTransition('accept', row.status);
}

/** What the caller has taken already, held while it is read: nobody hands it on in between. Null: it is not theirs. */
async function loadOwn(ctx: Ctx, id: string): Promise<ReplyOf<typeof contract> | null> {
  const taken = and(
    eq(careRequests.doctorId, actorOf(ctx).accountId),
    inArray(careRequests.status, ['accepted', 'diagnosed']),
  );
  return ctx.tx(async (ctx) => {
    const [own] = await ctx.db
      .select({ id: careRequests.id })
      .from(careRequests)
      .where(and(eq(careRequests.id, id), taken))
      .for('share');
    return own === undefined ? null : loadRequest(ctx, id);
  });
}
