import type { listTransfers as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, desc, eq, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { careTransfers } from '../tables.ts';
import { findRequests, requestView } from '../view.ts';

/** What the caller is asked to take over, newest first. Each request is written into the audit as read, with the list. */
export async function listTransfers(
  ctx: Ctx,
  { limit = 20, cursor }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const after = decodeCursor(cursor, ['time', 'id']);
  const rows = await ctx.reading(async (ctx) => {
    const offers = await ctx.db
      .select({ id: careTransfers.id, requestId: careTransfers.requestId, consentedAt: careTransfers.consentedAt })
      .from(careTransfers)
      .where(
        and(
          eq(careTransfers.toDoctorId, actorOf(ctx).accountId),
          eq(careTransfers.status, 'consented'),
          after === null
            ? undefined
            : sql`(${careTransfers.consentedAt}, ${careTransfers.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
        ),
      )
      .orderBy(desc(careTransfers.consentedAt), desc(careTransfers.id))
      .limit(limit + 1);
    const requests = await Promise.all(
      offers.map(async (offer) => {
        const [found] = await findRequests(ctx, [offer.requestId]);
        return found === undefined ? [] : [{ offer, found }];
      }),
    );
    return requests.flat();
  });
  const page = toPage(
    rows,
    limit,
    ({ offer }) => [offer.consentedAt, offer.id],
    ({ found }) => requestView(found),
  );
  await audit(ctx, {
    action: 'requests.listed',
    subjectType: 'request',
    subjectId: null,
    details: { box: 'transfers', count: page.items.length },
  });
  return page;
}
