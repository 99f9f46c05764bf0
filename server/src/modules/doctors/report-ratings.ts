import { sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { doctors, ratings } from './tables.ts';

type Span = { from: string; to: string };

const inSpan = ({ from, to }: Span) =>
  sql`${ratings.createdAt} >= ${from}::timestamptz AND ${ratings.createdAt} < ${to}::timestamptz`;

const figures = sql`count(*)::int AS ratings, avg(${ratings.stars})::float8 AS average`;

/** How doctors of a specialty were rated in a span, and all of them; null stands for all. */
export async function reportRatings(ctx: Ctx, span: Span) {
  const { rows } = await ctx.db.execute<{ specialty: string | null; ratings: number; average: number }>(sql`
    SELECT ${doctors.specialty} AS specialty, ${figures}
    FROM ${ratings} JOIN ${doctors} ON ${doctors.accountId} = ${ratings.doctorId}
    WHERE ${inSpan(span)}
    GROUP BY GROUPING SETS ((1), ()) ORDER BY 1 NULLS FIRST`);
  return rows;
}

/** The same of each of these doctors. */
export async function ratingsIn(ctx: Ctx, span: Span, doctorIds: readonly string[]) {
  const { rows } = await ctx.db.execute<{ doctorId: string; ratings: number; average: number }>(sql`
    SELECT ${ratings.doctorId} AS "doctorId", ${figures}
    FROM ${ratings}
    WHERE ${ratings.doctorId} = ANY(${sql.param([...doctorIds])}::uuid[]) AND ${inSpan(span)}
    GROUP BY 1`);
  return new Map(rows.map((row) => [row.doctorId, row]));
}
