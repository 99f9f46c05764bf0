import type { cancelRequest as contract, InputOf, ReplyOf } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { holdActor } from '#server/modules/identity/index.ts';
import { requestFor } from './access.ts';
import { recordEvent } from './record-event.ts';
import { notReserved, refusal } from './reservation.ts';
import { transition } from './states.ts';
import { loadRequest } from './view.ts';

/** The patient takes back what nobody has taken yet and no appointment is for. @throws Problem 404, 409 `invalid-transition`. */
export async function cancelRequest(
  ctx: Ctx,
  { id, reason }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  await requestFor(ctx, id, 'see');
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    if (!(await transition(ctx, id, 'cancel', { closedAt: sql`now()` }, notReserved)))
      throw await refusal(ctx, 'cancel', id);
    await recordEvent(ctx, { requestId: id, kind: 'cancelled', reason });
    await audit(ctx, { action: 'request.cancelled', subjectType: 'request', subjectId: id });
    return loadRequest(ctx, id);
  });
}
