import { and, eq } from 'drizzle-orm';
import { notFound } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { appointments } from './tables.ts';

export type AppointmentRow = typeof appointments.$inferSelect;

/** Those of the caller: as a patient or as a doctor. */
export function ownAppointments(ctx: Ctx) {
  const { role, accountId } = actorOf(ctx);
  return eq(role === 'doctor' ? appointments.doctorId : appointments.patientId, accountId);
}

/** The row, if it is the caller's. @throws Problem 404, the same for hidden and for missing; a refusal is written into the audit. */
export async function appointmentFor(ctx: Ctx, id: string): Promise<AppointmentRow> {
  const [row] = await ctx.db
    .select()
    .from(appointments)
    .where(and(eq(appointments.id, id), ownAppointments(ctx)));
  if (row !== undefined) return row;
  await audit(ctx, { action: 'record.read', subjectType: 'appointment', subjectId: id, outcome: 'denied' });
  throw notFound();
}

/** The same, held until the transaction ends. @throws Problem 404. */
export async function holdAppointment(ctx: Ctx, id: string): Promise<AppointmentRow> {
  const [row] = await ctx.db
    .select()
    .from(appointments)
    .where(and(eq(appointments.id, id), ownAppointments(ctx)))
    .for('update');
  if (row === undefined) throw notFound();
  return row;
}
