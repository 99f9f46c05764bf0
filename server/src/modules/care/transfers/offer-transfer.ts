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
export async function offerTransfer(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { id } = input;
  await requestFor(ctx, id, 'see');
  refuseOneself(ctx, input.doctorId);
  return ctx.tx(async (ctx) => {
    const outcome = await proposeDoctor(ctx, input);
    if (outcome === 'lost')
      throw noTransfer('Only the doctor who treats a request can hand it over, from the accept on until it is closed.');
    if (outcome === 'pending')
      throw new Problem('transfer-pending', { detail: 'Withdraw the handover that is under way first.' });
    return loadRequest(ctx, id);
  });
}

/**
 * Proposes another doctor for a request, if the caller treats it and has proposed nobody yet. Within the caller's transaction.
 * @returns what came of it: `lost` where the caller does not treat it, or no longer.
 * @throws Problem 404 for a doctor whom nobody can find.
 */
export async function proposeDoctor(
  ctx: Ctx,
  { id, doctorId, note }: InputOf<typeof contract>,
): Promise<'offered' | 'pending' | 'lost'> {
  const { accountId } = actorOf(ctx);
  await holdActor(ctx);
  await holdListedDoctor(ctx, doctorId);
  const { request, transfer } = await holdTransfer(ctx, id);
  const { status, patientId } = request;
  const isOwn = request.doctorId === accountId && request.lockedAt === null;
  if (!isOwn || (status !== 'accepted' && status !== 'diagnosed')) return 'lost';
  if (transfer !== null) return 'pending';
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
  return 'offered';
}

/** @throws Problem 400 for oneself. */
export function refuseOneself(ctx: Ctx, doctorId: string): void {
  if (doctorId === actorOf(ctx).accountId) throw invalidField('doctorId', 'own-account', 'Name another doctor.');
}

/** Stays as it is until the transaction ends: a ban at the same moment ends this transfer with the others. */
async function holdListedDoctor(ctx: Ctx, doctorId: string): Promise<void> {
  await holdAccount(ctx, doctorId);
  await refuseUnlisted(ctx, doctorId);
}

/** @throws Problem 404 for a doctor whom nobody can find. */
export async function refuseUnlisted(ctx: Ctx, doctorId: string): Promise<void> {
  const doctor = await findDoctor(ctx, doctorId);
  if (doctor?.listed !== true) throw notFound();
}
