import type {
  consentTransfer as consentContract,
  InputOf,
  ReplyOf,
  refuseTransfer as refuseContract,
  withdrawTransfer as withdrawContract,
} from '@openward/contracts';
import { eq, sql } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { requestFor } from '../access.ts';
import { announceRequest } from '../request-changed.ts';
import { careTransfers } from '../tables.ts';
import { loadRequest } from '../view.ts';
import { holdTransfer, noTransfer, settleTransfer } from './open-transfer.ts';

/** The patient consents: from now on the other doctor sees the request. @throws Problem 404, 409 `invalid-transition`. */
export async function consentTransfer(
  ctx: Ctx,
  { id }: InputOf<typeof consentContract>,
): Promise<ReplyOf<typeof consentContract>> {
  await requestFor(ctx, id, 'see');
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const { transfer } = await holdTransfer(ctx, id);
    if (transfer === null) throw noTransfer('There is no handover that waits for your consent: it was taken back.');
    if (transfer.status === 'consented') return loadRequest(ctx, id);
    await ctx.db
      .update(careTransfers)
      .set({ status: 'consented', consentedAt: sql`now()` })
      .where(eq(careTransfers.id, transfer.id));
    const { id: transferId, toDoctorId } = transfer;
    const details = { transferId, doctorId: toDoctorId };
    await audit(ctx, { action: 'transfer.consented', subjectType: 'request', subjectId: id, details });
    announceRequest(ctx, id, { queue: false });
    await notify(ctx, { accountId: toDoctorId, kind: 'transfer-waiting', requestId: id });
    return loadRequest(ctx, id);
  });
}

/** The patient does not want it, or no longer. @throws Problem 404, 409 `invalid-transition`. */
export async function refuseTransfer(
  ctx: Ctx,
  { id }: InputOf<typeof refuseContract>,
): Promise<ReplyOf<typeof refuseContract>> {
  await requestFor(ctx, id, 'see');
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const { transfer } = await holdTransfer(ctx, id);
    if (transfer === null) throw noTransfer('There is no handover to refuse: it is over.');
    await settleTransfer(ctx, transfer, 'refused');
    const { id: transferId, status, fromDoctorId, toDoctorId } = transfer;
    await audit(ctx, { action: 'transfer.refused', subjectType: 'request', subjectId: id, details: { transferId } });
    await notify(ctx, { accountId: fromDoctorId, kind: 'transfer-over', requestId: id });
    if (status === 'consented') await notify(ctx, { accountId: toDoctorId, kind: 'transfer-over' });
    return loadRequest(ctx, id);
  });
}

/** The doctor who proposed it takes it back. @throws Problem 404, 409 `invalid-transition`. */
export async function withdrawTransfer(
  ctx: Ctx,
  { id }: InputOf<typeof withdrawContract>,
): Promise<ReplyOf<typeof withdrawContract>> {
  await requestFor(ctx, id, 'see');
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const { request, transfer } = await holdTransfer(ctx, id);
    if (transfer === null || transfer.fromDoctorId !== actorOf(ctx).accountId)
      throw noTransfer('There is no handover of yours to withdraw: it is over.');
    await settleTransfer(ctx, transfer, 'withdrawn');
    await audit(ctx, {
      action: 'transfer.withdrawn',
      subjectType: 'request',
      subjectId: id,
      ownerId: request.patientId,
      details: { transferId: transfer.id },
    });
    await notify(ctx, { accountId: request.patientId, kind: 'transfer-over', requestId: id });
    if (transfer.status === 'consented') await notify(ctx, { accountId: transfer.toDoctorId, kind: 'transfer-over' });
    return loadRequest(ctx, id);
  });
}
