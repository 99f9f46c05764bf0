import { eq, isNull, lte, or, sql } from 'drizzle-orm';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import type { RequestRow } from './access.ts';
import { type Act, invalidTransition, transitions, words } from './states.ts';
import { careRequests } from './tables.ts';

/** When a request's appointment begins, and until when it is kept for its doctor. */
export type Reservation = Pick<RequestRow, 'appointmentAt' | 'reservedUntil'>;

export const unreserved = { appointmentAt: null, reservedUntil: null } satisfies Reservation;

/**
 * No appointment stands in the way, by the database's clock. Whatever takes a request from its doctor, ends it or offers it to
 * others asks for this: releasing, declining, cancelling, the incoming box, every clock that returns or escalates.
 */
export const notReserved = or(isNull(careRequests.reservedUntil), lte(careRequests.reservedUntil, sql`now()`));

/**
 * No appointment is to come: asked for by closing alone, since what was diagnosed in its time need not stay open until the time is
 * over. One that has begun reminds nobody, and can no longer be moved.
 */
export const notAhead = or(isNull(careRequests.appointmentAt), lte(careRequests.appointmentAt, sql`now()`));

/**
 * Why a request could not be changed, as it is at this moment: whoever lost a race reads what the other has made of it, if it is still theirs to
 * know.
 */
export async function refusal(ctx: Ctx, act: Act, id: string): Promise<Problem> {
  const { accountId, role } = actorOf(ctx);
  const [now] = await ctx.db.select().from(careRequests).where(eq(careRequests.id, id));
  if (now === undefined || (role === 'doctor' && now.doctorId !== accountId))
    return new Problem('invalid-transition', {
      detail: `This request is not with you: it cannot be ${words[act]} by you.`,
    });
  const from: readonly string[] = transitions[act].from;
  if (now.reservedUntil === null || !from.includes(now.status)) return invalidTransition(act, now.status);
  return new Problem('invalid-transition', {
    detail: 'There is an appointment for this request. Move or cancel the appointment instead.',
  });
}
