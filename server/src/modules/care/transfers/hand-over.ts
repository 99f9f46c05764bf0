import type { handOver as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, asc, count, eq, inArray, isNull } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { careRequests } from '../tables.ts';
import { proposeDoctor, refuseOneself, refuseUnlisted } from './offer-transfer.ts';

const treatedBy = (doctorId: string) =>
  and(
    eq(careRequests.doctorId, doctorId),
    inArray(careRequests.status, ['accepted', 'diagnosed']),
    isNull(careRequests.lockedAt),
  );

/**
 * Proposes one doctor for all that the caller treats. Each in a transaction of its own: what was proposed stays so, and calling again goes
 * on. What changes meanwhile is left as it is.
 * @throws Problem 404 for a doctor whom nobody can find, 400 for oneself.
 */
export async function handOver(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  refuseOneself(ctx, input.doctorId);
  await refuseUnlisted(ctx, input.doctorId);
  const rows = await ctx.db
    .select({ id: careRequests.id })
    .from(careRequests)
    .where(treatedBy(actorOf(ctx).accountId))
    .orderBy(asc(careRequests.id));
  let [offered, pending] = [0, 0];
  for (const { id } of rows) {
    const outcome = await ctx.tx((ctx) => proposeDoctor(ctx, { ...input, id }));
    if (outcome === 'offered') offered += 1;
    if (outcome === 'pending') pending += 1;
  }
  return { offered, pending };
}

/** How many requests a doctor treats at this moment. */
export async function countTreated(ctx: Ctx, doctorId: string): Promise<number> {
  const [row] = await ctx.db.select({ n: count() }).from(careRequests).where(treatedBy(doctorId));
  return row?.n ?? 0;
}
