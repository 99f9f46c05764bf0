import { sql } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import type { AppointmentRow } from './access.ts';
import { changeableUntil } from './view.ts';

/**
 * Whether an appointment may be moved or cancelled now, by the database's clock. The row is held.
 * @param until when it is too late for anybody.
 * @throws Problem 409 `invalid-transition`, 409 `change-window-closed` for a patient.
 */
export async function requireChangeable(
  ctx: Ctx,
  row: AppointmentRow,
  { by, act, until }: { by: 'patient' | 'doctor'; act: 'moved' | 'cancelled'; until: string },
): Promise<void> {
  if (row.status !== 'booked' || !(await isBefore(ctx, until))) throw wrongState(row, act);
  if (by === 'doctor' || (await isBefore(ctx, changeableUntil(ctx, row)))) return;
  throw new Problem('change-window-closed', {
    detail: `It can be ${act} until ${ctx.config.appointments.changeHours} hours before it begins. Write to the doctor once the room is open, or call the clinic.`,
  });
}

export async function isBefore(ctx: Ctx, time: string): Promise<boolean> {
  const { rows } = await ctx.db.execute<{ before: boolean }>(sql`SELECT now() < ${time}::timestamptz AS before`);
  return rows[0]?.before === true;
}

export function wrongState({ status }: AppointmentRow, act: 'moved' | 'cancelled' | 'marked'): Problem {
  const state = { booked: 'under way, over, or not begun yet', cancelled: 'cancelled', 'no-show': 'marked as missed' };
  return new Problem('invalid-transition', {
    detail: `The appointment is ${state[status]}: it cannot be ${act} now. Load it anew to see how it stands.`,
  });
}
