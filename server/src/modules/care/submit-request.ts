import type { submitRequest as contract, InputOf, ReplyOf } from '@openward/contracts';
import { newId } from '#platform/id.ts';
import { invalidField, notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { findDoctor, isSpecialty } from '#server/modules/doctors/index.ts';
import { holdAccount, holdActor } from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import { findRedFlags, urgencyWith } from './red-flags/find-red-flags.ts';
import { keepFlags } from './red-flags/flag-request.ts';
import { announceRequest } from './request-changed.ts';
import { type Reservation, unreserved } from './reservation.ts';
import { careRequests } from './tables.ts';
import { loadRequest } from './view.ts';

/**
 * A patient asks for care, of one doctor or of a specialty. What sounds like an emergency is flagged and raises the urgency; it stops nothing.
 * @throws Problem 400 without either or with a specialty that is not the doctor's, 404 for a doctor whom patients cannot
 *   find, 409 `doctor-not-accepting`.
 */
export async function submitRequest(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  return storeRequest(ctx, input, unreserved);
}

/** The request as it is asked for, kept for its doctor where there is a reservation. @throws Problem as {@link submitRequest}. */
export async function storeRequest(
  ctx: Ctx,
  input: InputOf<typeof contract>,
  reservation: Reservation,
): Promise<ReplyOf<typeof contract>> {
  const { complaint } = input;
  const flags = findRedFlags(complaint);
  const urgency = urgencyWith(input.urgency, flags);
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const address = await addressOf(ctx, input);
    const [row] = await ctx.db
      .insert(careRequests)
      .values({ id: newId(), patientId: actorOf(ctx).accountId, complaint, urgency, ...address, ...reservation })
      .returning();
    if (row === undefined) throw new Error('The request was not stored.');
    await audit(ctx, {
      action: 'request.submitted',
      subjectType: 'request',
      subjectId: row.id,
      details: { urgency: input.urgency, specialty: row.specialty },
    });
    if (row.doctorId !== null) {
      const kind = urgency === 'routine' ? 'request-received' : 'urgent-request-received';
      await notify(ctx, { accountId: row.doctorId, kind, requestId: row.id });
    }
    if ((await keepFlags(ctx, row.id, flags, 'complaint')).length > 0) {
      const details = { source: 'complaint', urgency };
      await audit(ctx, { action: 'request.flagged', subjectType: 'request', subjectId: row.id, details });
    }
    announceRequest(ctx, row.id, { queue: true });
    return loadRequest(ctx, row.id);
  });
}

/** The doctor stays listed until the request is stored: a ban at the same moment hands it on with the others. */
async function addressOf(ctx: Ctx, { doctorId, specialty }: InputOf<typeof contract>) {
  if (doctorId === undefined) {
    if (specialty === undefined) throw invalidField('doctorId', 'required', 'Name a doctorId or a specialty.');
    return { doctorId: null, specialty, openToSpecialty: true };
  }
  await holdAccount(ctx, doctorId);
  const doctor = await findDoctor(ctx, doctorId);
  if (doctor === null || !doctor.listed || !isSpecialty(doctor.specialty)) throw notFound();
  if (specialty !== undefined && specialty !== doctor.specialty) {
    throw invalidField(
      'specialty',
      'mismatch',
      `The doctor's specialty is ${doctor.specialty}; leave the field out or send that.`,
    );
  }
  if (!doctor.acceptingRequests) {
    throw new Problem('doctor-not-accepting', {
      detail: 'This doctor takes no new requests. Choose another, or ask the specialty.',
    });
  }
  return { doctorId: doctor.accountId, specialty: doctor.specialty, openToSpecialty: false };
}
