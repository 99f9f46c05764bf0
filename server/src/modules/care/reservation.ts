import { isNull, lte, or, sql } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import type { RequestRow } from './access.ts';
import { type Act, invalidTransition, transitions } from './states.ts';
import { careRequests } from './tables.ts';

/** When a request's appointment begins, and until when it is kept for its doctor. */
export type Reservation = Pick<RequestRow, 'appointmentAt' | 'reservedUntil'>;

export const unreserved = { appointmentAt: null, reservedUntil: null } satisfies Reservation;

/**
 * No appointment stands in the way, by the database's clock. Whatever takes a request from its doctor, ends it or offers it to
 * others asks for this: releasing, declining, cancelling, the incoming box, every clock that returns or escalates.
 */
export const notReserved = or(isNull(careRequests.reservedUntil), lte(careRequests.reservedUntil, sql`now()`));

/** Why a request could not be given up: its state, or the appointment that it is for. */
export function refusal(act: Act, before: RequestRow): Problem {
  const from: readonly string[] = transitions[act].from;
  if (before.reservedUntil === null || !from.includes(before.status)) return invalidTransition(act, before.status);
  return new Problem('invalid-transition', {
    detail: 'There is an appointment for this request. Move or cancel the appointment instead.',
  });
}
