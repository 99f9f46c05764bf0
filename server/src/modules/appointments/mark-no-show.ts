import type { Appointment, markNoShow as contract, InputOf } from '@openward/contracts';
import type { Ctx } from '#server/context.ts';
import { endReserved } from '#server/modules/care/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { appointmentFor, holdAppointment } from './access.ts';
import { endAppointment } from './end-appointment.ts';
import { isBefore, wrongState } from './require-changeable.ts';
import { viewAppointment } from './view.ts';

/** The patient did not come: the request ends, the patient is told. @throws Problem 404, 409 `invalid-transition`. */
export async function markNoShow(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<Appointment> {
  await appointmentFor(ctx, id);
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const row = await holdAppointment(ctx, id);
    const from = Date.parse(row.startsAt) + ctx.config.appointments.graceMinutes * 60_000;
    if (row.status !== 'booked' || (await isBefore(ctx, new Date(from).toISOString()))) throw wrongState(row, 'marked');
    const ended = await endAppointment(ctx, row, { status: 'no-show', by: 'doctor' });
    await endReserved(ctx, row.requestId);
    return viewAppointment(ctx, ended);
  });
}
