import type { Urgency } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { doctors } from '#server/modules/doctors/index.ts';
import { accounts, nameOf } from '#server/modules/identity/index.ts';
import { careRequests } from './tables.ts';

/** From then on, and before then. */
export type Span = { from: string; to: string };

const inSpan = ({ from, to }: Span) =>
  sql`${careRequests.submittedAt} >= ${from}::timestamptz AND ${careRequests.submittedAt} < ${to}::timestamptz`;

/** How long requests of a span waited until they were taken: by specialty and urgency, by each of them, and all. Null stands for all. */
export async function reportWaiting(ctx: Ctx, span: Span) {
  const waited = sql`extract(epoch FROM ${careRequests.acceptedAt} - ${careRequests.submittedAt})`;
  const { rows } = await ctx.db.execute<{
    specialty: string | null;
    urgency: Urgency | null;
    requests: number;
    p50: number;
    p90: number;
  }>(sql`
    SELECT ${careRequests.specialty} AS specialty, ${careRequests.urgency} AS urgency, count(*)::int AS requests,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY ${waited})::float8 AS p50,
      percentile_cont(0.9) WITHIN GROUP (ORDER BY ${waited})::float8 AS p90
    FROM ${careRequests}
    WHERE ${inSpan(span)} AND ${careRequests.acceptedAt} IS NOT NULL
    GROUP BY GROUPING SETS ((1, 2), (1), (2), ())
    ORDER BY 1 NULLS FIRST, 2 NULLS FIRST`);
  return rows;
}

/** What became of the requests of a span, by specialty and all. */
export async function reportAcceptance(ctx: Ctx, span: Span) {
  const counted = (...statuses: string[]) =>
    sql`count(*) FILTER (WHERE ${careRequests.status} = ANY(${sql.param(statuses)}::text[]))::int`;
  const { rows } = await ctx.db.execute<{
    specialty: string | null;
    submitted: number;
    taken: number;
    declined: number;
    cancelled: number;
    waiting: number;
  }>(sql`
    SELECT ${careRequests.specialty} AS specialty, count(*)::int AS submitted,
      ${counted('accepted', 'diagnosed', 'closed')} AS taken, ${counted('declined')} AS declined,
      ${counted('cancelled')} AS cancelled, ${counted('submitted')} AS waiting
    FROM ${careRequests} WHERE ${inSpan(span)}
    GROUP BY GROUPING SETS ((1), ()) ORDER BY 1 NULLS FIRST`);
  return rows;
}

type Load = { doctorId: string; fullName: string; specialty: string; taken: number; open: number; closed: number };

/**
 * What each doctor took of the requests of a span, and what of it is open or closed.
 * @param page the doctors who took most, or all by id from `after` on.
 */
export async function reportLoad(
  ctx: Ctx,
  span: Span,
  page: { most: number } | { after: string | null; limit: number },
): Promise<Load[]> {
  const after =
    'after' in page && page.after !== null ? sql`AND ${careRequests.doctorId} > ${page.after}::uuid` : sql``;
  const { rows } = await ctx.db.execute<Omit<Load, 'fullName'> & { fullName: string | null }>(sql`
    SELECT load.*, ${accounts.fullName} AS "fullName", ${doctors.specialty} AS specialty
    FROM (
      SELECT ${careRequests.doctorId} AS "doctorId", count(*)::int AS taken,
        count(*) FILTER (WHERE ${careRequests.status} <> 'closed')::int AS open,
        count(*) FILTER (WHERE ${careRequests.status} = 'closed')::int AS closed
      FROM ${careRequests}
      WHERE ${inSpan(span)} AND ${careRequests.acceptedAt} IS NOT NULL ${after}
      GROUP BY 1
      ORDER BY ${'most' in page ? sql`2 DESC, 1` : sql`1`}
      LIMIT ${'most' in page ? page.most : page.limit}
    ) AS load
    JOIN ${accounts} ON ${accounts.id} = load."doctorId"
    JOIN ${doctors} ON ${doctors.accountId} = load."doctorId"
    ORDER BY ${'most' in page ? sql`load.taken DESC, load."doctorId"` : sql`load."doctorId"`}`);
  return rows.map((row) => ({ ...row, fullName: nameOf(row) }));
}
