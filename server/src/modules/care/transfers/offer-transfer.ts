import type { offerTransfer as contract, InputOf, ReplyOf } from '@openward/contracts';
import { newId } from '#platform/id.ts';
import { invalidField, notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { findDoctor } from '#server/modules/doctors/index.ts';
import { holdAccount, holdActor } from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { requestFor } from '../access.ts';
import { announceRequest } from '../request-changed.ts';
import { careTransfers } from '../tables.ts';
import { loadRequest } from '../view.ts';
import { holdTransfer, noTransfer } from './open-transfer.ts';

/**
 * The doctor who treats proposes another one. Whether that one takes new requests of patients does not matter: they decide about this one.
 * @throws Problem 404, also for a doctor whom nobody can find; 400 for oneself; 409 `invalid-transition`, `transfer-pending`.
 */
export async function offerTransfer(
  ctx: Ctx,
  { id, doctorId, note }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  await requestFor(ctx, id, 'see');
  const { accountId } = actorOf(ctx);
  if (doctorId === accountId) throw invalidField('doctorId', 'own-account', 'Name another doctor.');
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    await holdListedDoctor(ctx, doctorId);
    const { request, transfer } = await holdTransfer(ctx, id);
    const { status, patientId } = request;
    const isOwn = request.doctorId === accountId && request.lockedAt === null;
    if (!isOwn || (status !== 'accepted' && status !== 'diagnosed'))
      throw noTransfer('Only the doctor who treats a request can hand it over, from the accept on until it is closed.');
    if (transfer !== null)
      throw new Problem('transfer-pending', { detail: 'Withdraw the handover that is under way first.' });
    const transferId = newId();
    await ctx.db
      .insert(careTransfers)
      .values({ id: transferId, requestId: id, fromDoctorId: accountId, toDoctorId: doctorId, note: note ?? null });
    await audit(ctx, {
      action: 'transfer.offered',
      subjectType: 'request',
      subjectId: id,
      ownerId: patientId,
      details: { transferId, doctorId },
    });
    announceRequest(ctx, id, { queue: false });
    await notify(ctx, { accountId: patientId, kind: 'transfer-offered', requestId: id });
    return loadRequest(ctx, id);
  });
}

/** Stays as it is until the transaction ends: a ban at the same moment ends this transfer with the others. */
async function holdListedDoctor(ctx: Ctx, doctorId: string): Promise<void> {
  await holdAccount(ctx, doctorId);
  const doctor = await findDoctor(ctx, doctorId);
  if (doctor?.listed !== true) throw notFound();
}
