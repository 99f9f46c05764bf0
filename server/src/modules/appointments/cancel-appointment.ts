import type { Appointment, cancelAppointment as contract, InputOf } from '@openward/contracts';
import { invalidField } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { endReserved } from '#server/modules/care/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { appointmentFor, holdAppointment } from './access.ts';
import { endAppointment } from './end-appointment.ts';
import { requireChangeable } from './require-changeable.ts';
import { viewAppointment } from './view.ts';

/**
 * There will be no appointment, and its request ends with it.
 * @throws Problem 404, 400 for a doctor without a reason, 409 `invalid-transition`, `change-window-closed`.
 */
export async function cancelAppointment(ctx: Ctx, { id, reason }: InputOf<typeof contract>): Promise<Appointment> {
  const by = actorOf(ctx).role === 'doctor' ? 'doctor' : 'patient';
  await appointmentFor(ctx, id);
  if (by === 'doctor' && reason === undefined)
    throw invalidField('reason', 'required', 'Tell the patient why: write a reason.');
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const row = await holdAppointment(ctx, id);
    await requireChangeable(ctx, row, { by, act: 'cancelled', until: row.endsAt });
    const ended = await endAppointment(ctx, row, { status: 'cancelled', by, reason });
    await endReserved(ctx, row.requestId);
    return viewAppointment(ctx, ended);
  });
}
