import { and, asc, eq, gt, lt, or, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { dropReservation, endReserved } from '#server/modules/care/index.ts';
import { endAppointment } from './end-appointment.ts';
import { booked } from './schedule.ts';
import { appointments } from './tables.ts';

/**
 * Somebody is no longer there: what is booked with them is cancelled, and both sides are told. Within the caller's transaction,
 * which holds the account, so that nothing new is booked meanwhile.
 * @param options.before only what begins before that time: the end of a ban. Null: all.
 * @param options.requests whether its requests end too; else they go on without, and their states are the caller's.
 */
export async function cancelAppointmentsOf(
  ctx: Ctx,
  accountId: string,
  { before = null, requests }: { before?: string | null; requests: 'end' | 'leave' },
): Promise<void> {
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
    else await dropReservation(ctx, row.requestId);
  }
}
