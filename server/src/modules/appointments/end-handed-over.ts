import { and, eq, gt, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import type { HandedOver } from '#server/modules/care/index.ts';
import { endAppointment } from './end-appointment.ts';
import { booked } from './schedule.ts';
import { appointments } from './tables.ts';

/**
 * A request is with another doctor now, and its room too: an appointment for it with the doctor before that is not over is cancelled, and
 * patient and both doctors are told. The request goes on. Again it changes nothing.
 */
export async function endHandedOver(ctx: Ctx, { requestId, fromDoctorId, toDoctorId }: HandedOver): Promise<void> {
  await ctx.tx(async (ctx) => {
    const [row] = await ctx.db
      .select()
      .from(appointments)
      .where(
        and(
          booked,
          eq(appointments.requestId, requestId),
          eq(appointments.doctorId, fromDoctorId),
          gt(appointments.endsAt, sql`now()`),
        ),
      )
      .for('update');
    if (row !== undefined) await endAppointment(ctx, row, { status: 'cancelled', by: 'system', handedTo: toDoctorId });
  });
}
