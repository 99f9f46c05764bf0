import { and, asc, eq, inArray, or, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { notify } from '#server/modules/notices/index.ts';
import { careRequests, careTransfers } from '../tables.ts';
import { isOpen } from './open-transfer.ts';

/**
 * These requests are with their doctor no longer: what was proposed for them ends. Within the caller's transaction, after the change
 * of the requests. Who had been asked to take one hears of it.
 */
export async function endTransfers(ctx: Ctx, requestIds: readonly string[]): Promise<void> {
  if (requestIds.length === 0) return;
  const ended = await ctx.db
    .update(careTransfers)
    .set({ status: 'ended', endedAt: sql`now()` })
    .where(and(inArray(careTransfers.requestId, [...requestIds]), isOpen))
    .returning({ toDoctorId: careTransfers.toDoctorId, consentedAt: careTransfers.consentedAt });
  for (const { toDoctorId, consentedAt } of ended)
    if (consentedAt !== null) await notify(ctx, { accountId: toDoctorId, kind: 'transfer-over' });
}

/**
 * A doctor is no longer there: what they proposed or were proposed for ends, and the others hear of it. Within the caller's transaction, which
 * holds the account, so that no more is proposed, and before it changes requests: those of the transfers are held first, in one order for all.
 */
export async function endTransfersWith(ctx: Ctx, doctorId: string): Promise<void> {
  const theirs = and(or(eq(careTransfers.toDoctorId, doctorId), eq(careTransfers.fromDoctorId, doctorId)), isOpen);
  const requestIds = ctx.db.select({ id: careTransfers.requestId }).from(careTransfers).where(theirs);
  await ctx.db
    .select({ id: careRequests.id })
    .from(careRequests)
    .where(inArray(careRequests.id, requestIds))
    .orderBy(asc(careRequests.id))
    .for('no key update');
  const ended = await ctx.db
    .update(careTransfers)
    .set({ status: 'ended', endedAt: sql`now()` })
    .from(careRequests)
    .where(and(eq(careRequests.id, careTransfers.requestId), theirs))
    .returning({
      requestId: careTransfers.requestId,
      fromDoctorId: careTransfers.fromDoctorId,
      toDoctorId: careTransfers.toDoctorId,
      consentedAt: careTransfers.consentedAt,
      patientId: careRequests.patientId,
    });
  for (const { requestId, fromDoctorId, toDoctorId, consentedAt, patientId } of ended) {
    await notify(ctx, { accountId: patientId, kind: 'transfer-over', requestId });
    if (fromDoctorId !== doctorId) await notify(ctx, { accountId: fromDoctorId, kind: 'transfer-over', requestId });
    else if (consentedAt !== null) await notify(ctx, { accountId: toDoctorId, kind: 'transfer-over' });
  }
}
