import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { bookedOf, loadSchedule } from './schedule.ts';
import { bookableSpan, type Span, slotAt } from './slots.ts';

/**
 * The slot that begins at an instant, if it is offered and free for both. The schedule is locked: what is free stays so.
 * @param by a doctor may put an appointment where patients can no longer, or not yet, book.
 * @throws Problem 409 `slot-unavailable`, 409 `slot-taken`.
 */
export async function takeSlot(
  ctx: Ctx,
  wanted: { doctorId: string; patientId: string; startMs: number; by: 'patient' | 'doctor'; exceptId?: string },
): Promise<Span & { nowMs: number; timeZone: string }> {
  const { doctorId, patientId, startMs, by, exceptId } = wanted;
  const { schedule, nowMs } = await loadSchedule(ctx, doctorId);
  const slot = schedule === null ? null : slotAt(schedule, startMs);
  if (schedule === null || slot === null) throw unavailable();
  const bookable = bookableSpan(by === 'doctor' ? { ...schedule, noticeMinutes: 0, aheadDays: 365 } : schedule, nowMs);
  if (startMs <= nowMs || startMs < bookable.startMs || startMs >= bookable.endMs) throw unavailable();
  if ((await bookedOf(ctx, [doctorId, patientId], slot, exceptId)).length > 0) throw taken();
  return { ...slot, nowMs, timeZone: schedule.timeZone };
}

function unavailable(): Problem {
  return new Problem('slot-unavailable', {
    detail: 'The doctor does not offer this time, or it is too soon or too far ahead. Choose one of the free slots.',
  });
}

export function taken(): Problem {
  return new Problem('slot-taken', {
    detail: 'This time is taken, for the doctor or by another appointment of the patient. Choose another free slot.',
  });
}
