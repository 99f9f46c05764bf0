import type { listRequests as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, asc, desc, eq, ne, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { incomingFor, visibleTo } from './access.ts';
import { careRequests } from './tables.ts';
import { requestView, type SelectedRequest, selectRequests } from './view.ts';

/**
 * Patients: their own, newest first. Doctors: the incoming box, urgent first then oldest (of the specialty while they accept requests);
 * or theirs, newest first.
 */
export async function listRequests(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const incoming = actorOf(ctx).role === 'doctor' && input.box === 'incoming';
  const { rows, keysOf } = await ctx.reading((ctx) => (incoming ? incomingRows(ctx, input) : ownRows(ctx, input)));
  const page = toPage(rows, input.limit ?? 20, ({ request }) => keysOf(request), requestView);
  await audit(ctx, {
    action: 'requests.listed',
    subjectType: 'request',
    subjectId: null,
    details: { box: incoming ? 'incoming' : 'mine', count: page.items.length },
  });
  return page;
}

type Row = SelectedRequest['request'];

async function incomingRows(ctx: Ctx, { limit = 20, cursor, status }: InputOf<typeof contract>) {
  const after = decodeCursor(cursor, ['integer', 'time', 'id']);
  const rows = await selectRequests(ctx)
    .where(
      and(
        incomingFor(actorOf(ctx)),
        status === undefined ? undefined : eq(careRequests.status, status),
        after === null
          ? undefined
          : sql`(${careRequests.urgencyRank}, ${careRequests.submittedAt}, ${careRequests.id}) > (${after[0]}::smallint, ${after[1]}::timestamptz, ${after[2]}::uuid)`,
      ),
    )
    .orderBy(asc(careRequests.urgencyRank), asc(careRequests.submittedAt), asc(careRequests.id))
    .limit(limit + 1);
  return { rows, keysOf: (row: Row) => [row.urgencyRank ?? 0, row.submittedAt, row.id] };
}

async function ownRows(ctx: Ctx, { limit = 20, cursor, status }: InputOf<typeof contract>) {
  const { role, accountId } = actorOf(ctx);
  const after = decodeCursor(cursor, ['time', 'id']);
  // What a patient sent to this doctor and cancelled before an answer never became the doctor's.
  const own =
    role === 'patient'
      ? eq(careRequests.patientId, accountId)
      : and(
          eq(careRequests.doctorId, accountId),
          ne(careRequests.status, 'submitted'),
          ne(careRequests.status, 'cancelled'),
        );
  const rows = await selectRequests(ctx)
    .where(
      and(
        own,
        visibleTo(actorOf(ctx)),
        status === undefined ? undefined : eq(careRequests.status, status),
        after === null
          ? undefined
          : sql`(${careRequests.submittedAt}, ${careRequests.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(desc(careRequests.submittedAt), desc(careRequests.id))
    .limit(limit + 1);
  return { rows, keysOf: (row: Row) => [row.submittedAt, row.id] };
}
