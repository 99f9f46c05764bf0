import type {
  acceptTransfer as acceptContract,
  declineTransfer as declineContract,
  InputOf,
  ReplyOf,
} from '@openward/contracts';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { findDoctor } from '#server/modules/doctors/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { requestFor } from '../access.ts';
import { unreserved } from '../reservation.ts';
import { syncRoomJob } from '../room.ts';
import { careRequests } from '../tables.ts';
import { loadRequest } from '../view.ts';
import { handedOverJob } from './handed-over.ts';
import { holdTransfer, noTransfer, settleTransfer, type TransferRow } from './open-transfer.ts';

/**
 * The other doctor takes the request over: it changes hands in one statement, and its room follows. It is of the specialty of whoever has
 * it, so that it opens to the right one should it go back.
 * @throws Problem 404, 409 `invalid-transition`.
 */
export async function acceptTransfer(
  ctx: Ctx,
  { id }: InputOf<typeof acceptContract>,
): Promise<ReplyOf<typeof acceptContract>> {
  const before = await requestFor(ctx, id, 'see');
  const { accountId } = actorOf(ctx);
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const { request, transfer } = await holdTransfer(ctx, id);
    const hasIt = request.doctorId === accountId && (request.status === 'accepted' || request.status === 'diagnosed');
    if (hasIt && transfer === null) return loadRequest(ctx, id);
    if (!isMine(transfer, accountId)) throw noLonger();
    if (!(await changeHands(ctx, transfer))) throw noLonger();
    await settleTransfer(ctx, transfer, 'done');
    await audit(ctx, {
      action: 'transfer.accepted',
      subjectType: 'request',
      subjectId: id,
      ownerId: before.patientId,
      details: { transferId: transfer.id, fromDoctorId: transfer.fromDoctorId },
    });
    await ctx.jobs.send(syncRoomJob, { requestId: id });
    const { fromDoctorId, toDoctorId } = transfer;
    await ctx.jobs.send(handedOverJob, { requestId: id, fromDoctorId, toDoctorId });
    await notify(ctx, { accountId: request.patientId, kind: 'transfer-done', requestId: id });
    await notify(ctx, { accountId: transfer.fromDoctorId, kind: 'transfer-done' });
    return loadRequest(ctx, id);
  });
}

async function changeHands(ctx: Ctx, { requestId, fromDoctorId, toDoctorId }: TransferRow): Promise<boolean> {
  const doctor = await findDoctor(ctx, toDoctorId);
  const [row] = await ctx.db
    .update(careRequests)
    .set({
      doctorId: toDoctorId,
      specialty: doctor?.specialty ?? sql`${careRequests.specialty}`,
      // Agreed on by three people: nobody waits for a first word.
      acceptedUntil: null,
      // An appointment with the doctor before is none with this one, and ends this request no more.
      ...unreserved,
      version: sql`${careRequests.version} + 1`,
    })
    .where(
      and(
        eq(careRequests.id, requestId),
        eq(careRequests.doctorId, fromDoctorId),
        inArray(careRequests.status, ['accepted', 'diagnosed']),
        isNull(careRequests.lockedAt),
      ),
    )
    .returning({ id: careRequests.id });
  return row !== undefined;
}

/** The other doctor does not. @throws Problem 404, 409 `invalid-transition`. */
export async function declineTransfer(ctx: Ctx, { id }: InputOf<typeof declineContract>): Promise<undefined> {
  const before = await requestFor(ctx, id, 'see');
  await ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const { transfer } = await holdTransfer(ctx, id);
    if (!isMine(transfer, actorOf(ctx).accountId)) throw noLonger();
    await settleTransfer(ctx, transfer, 'declined');
    await audit(ctx, {
      action: 'transfer.declined',
      subjectType: 'request',
      subjectId: id,
      ownerId: before.patientId,
      details: { transferId: transfer.id },
    });
    for (const accountId of [transfer.fromDoctorId, before.patientId])
      await notify(ctx, { accountId, kind: 'transfer-over', requestId: id });
  });
}

function isMine(transfer: TransferRow | null, accountId: string): transfer is TransferRow {
  return transfer?.status === 'consented' && transfer.toDoctorId === accountId;
}

function noLonger() {
  return noTransfer('This handover is no longer open to you. Look into the list of handovers for others.');
}
