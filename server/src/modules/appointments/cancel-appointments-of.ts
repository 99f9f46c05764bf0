import { and, asc, eq, gt, lt, or, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { endReserved } from '#server/modules/care/index.ts';
import { endAppointment } from './end-appointment.ts';
import { booked } from './schedule.ts';
import { appointments } from './tables.ts';

/**
 * Somebody is no longer there: what is booked with them is cancelled, and both sides are told. Within the caller's transaction,
 * which holds the account, so that nothing new is booked meanwhile.
 * @param options.before only what begins before that time: the end of a ban. Null: all.
 * @param options.requests whether its requests end too. Else they go on without, and the caller frees them (`dropReservations`) once it has held
 *   those that it changes, in its order.
 * @returns the requests of what was cancelled.
 */
export async function cancelAppointmentsOf(
  ctx: Ctx,
  accountId: string,
  { before = null, requests }: { before?: string | null; requests: 'end' | 'leave' },
): Promise<string[]> {
  const theirs = or(eq(appointments.patientId, accountId), eq(appointments.doctorId, accountId));
  const rows = await ctx.db
    .select()
    .from(appointments)
    .where(
      and(
        booked,
        theirs,
        gt(appointments.endsAt, sql`now()`),
        before === null ? undefined : lt(appointments.startsAt, before),
      ),
    )
    .orderBy(asc(appointments.id))
    .for('update');
  for (const row of rows) {
    await endAppointment(ctx, row, { status: 'cancelled', by: 'system' });
    if (requests === 'end') await endReserved(ctx, row.requestId);
  }
  return rows.map(({ requestId }) => requestId);
}
