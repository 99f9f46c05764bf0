import { eq, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import type { AppointmentRow } from './access.ts';
import { tell, tellBoth, tellHandedOver } from './mails/appointment-mail.ts';
import { appointments } from './tables.ts';

/** Ends a booked appointment whose row is held, and tells whom it concerns. What becomes of its request is the caller's. */
export async function endAppointment(
  ctx: Ctx,
  row: AppointmentRow,
  how: {
    status: 'cancelled' | 'no-show';
    by: 'patient' | 'doctor' | 'system';
    reason?: string | undefined;
    handedTo?: string;
  },
): Promise<AppointmentRow> {
  const { status, by, reason, handedTo = null } = how;
  const [ended] = await ctx.db
    .update(appointments)
    .set({
      ...{ status, changedBy: by, reason: reason ?? null, handedTo, nextReminderAt: null },
      endedAt: sql`now()`,
      sequence: sql`${appointments.sequence} + 1`,
    })
    .where(eq(appointments.id, row.id))
    .returning();
  if (ended === undefined) throw new Error('The appointment was not ended.');
  await audit(ctx, {
    action: `appointment.${status}`,
    subjectType: 'appointment',
    subjectId: row.id,
    ownerId: row.patientId,
    details: { doctorId: row.doctorId, by },
  });
  if (status === 'no-show') await tell(ctx, ended, 'patient', 'no-show');
  else if (handedTo !== null) await tellHandedOver(ctx, ended, handedTo);
  else await tellBoth(ctx, ended, 'cancelled');
  return ended;
}
