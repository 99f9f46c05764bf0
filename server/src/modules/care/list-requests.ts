import type { listRequests as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { incomingFor, ownOfDoctor, visibleTo } from './access.ts';
import { careRequests } from './tables.ts';
import { findRequests, requestView, type SelectedRequest } from './view.ts';

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
  const behind = and(
    status === undefined ? undefined : eq(careRequests.status, status),
    after === null
      ? undefined
      : sql`(urgency_rank, submitted_at, id) > (${after[0]}::smallint, ${after[1]}::timestamptz, ${after[2]}::uuid)`,
  );
  const parts = (await incomingFor(ctx)).map((part) => and(part, behind));
  const rows = await firstOf(ctx, parts, sql`urgency_rank, submitted_at, id`, limit + 1);
  return { rows, keysOf: (row: Row) => [row.urgencyRank ?? 0, row.submittedAt, row.id] };
}

async function ownRows(ctx: Ctx, { limit = 20, cursor, status }: InputOf<typeof contract>) {
  const actor = actorOf(ctx);
  const after = decodeCursor(cursor, ['time', 'id']);
  const behind = after === null ? undefined : sql`(submitted_at, id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`;
  const own =
    actor.role === 'patient'
      ? [and(visibleTo(actor), status === undefined ? undefined : eq(careRequests.status, status))]
      : statusesOfDoctor
          .filter((one) => status === undefined || one === status)
          .map((one) => and(ownOfDoctor(actor), eq(careRequests.status, one)));
  const parts = own.map((part) => and(part, behind));
  const rows = await firstOf(ctx, parts, sql`submitted_at DESC, id DESC`, limit + 1);
  return { rows, keysOf: (row: Row) => [row.submittedAt, row.id] };
}

/** What a patient sent to this doctor and cancelled before an answer never became the doctor's. */
const statusesOfDoctor = ['accepted', 'diagnosed', 'closed', 'declined'] as const;

/**
 * The first of several parts of a list, each read along an index of its own and no further than a page: one condition over all of them would gather
 * whatever fits and sort that.
 */
async function firstOf(ctx: Ctx, parts: (SQL | undefined)[], order: SQL, limit: number): Promise<SelectedRequest[]> {
  if (parts.length === 0) return [];
  const { id, submittedAt, urgencyRank } = careRequests;
  const firsts = parts.map((part) => {
    const rows = ctx.db.select({ id, submittedAt, urgencyRank }).from(careRequests).where(part);
    return sql`(${rows.orderBy(order).limit(limit)})`;
  });
  const { rows } = await ctx.db.execute<{ id: string }>(
    sql`SELECT id FROM (${sql.join(firsts, sql` UNION ALL `)}) AS firsts ORDER BY ${order} LIMIT ${limit}`,
  );
  return findRequests(
    ctx,
    rows.map((row) => row.id),
  );
}
