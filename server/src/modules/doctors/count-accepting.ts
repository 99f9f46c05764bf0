import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { doctors } from './tables.ts';

/** Beyond it, nobody who waits cares how many. */
const maxCounted = 100;

const accepting = and(eq(doctors.listed, true), eq(doctors.acceptingRequests, true));

/** Approved doctors of a specialty who accept requests at this moment, counted up to 100; or of them the one who is named. */
export async function countAccepting(
  ctx: Ctx,
  { specialty, doctorId }: { specialty: string; doctorId?: string | null },
): Promise<number> {
  const some = ctx.db
    .select({ one: sql`1` })
    .from(doctors)
    .where(
      and(accepting, eq(doctors.specialty, specialty), doctorId == null ? undefined : eq(doctors.accountId, doctorId)),
    )
    .limit(maxCounted);
  const { rows } = await ctx.db.execute<{ n: number }>(sql`SELECT count(*)::int AS n FROM ${some} AS found`);
  return rows[0]?.n ?? 0;
}

/** Some of the approved doctors of a specialty who accept requests, not always the same. */
export async function findAccepting(ctx: Ctx, specialty: string, limit: number): Promise<string[]> {
  // From a place on that is drawn, and round at the end, along an order that has to do with nothing (`doctors_accepting`).
  const order = sql`uuid_hash(${doctors.accountId})`;
  const from = Math.floor(Math.random() * 2 ** 32) - 2 ** 31;
  const some = (part: SQL) => sql`(SELECT ${doctors.accountId} AS id FROM ${doctors}
    WHERE ${accepting} AND ${doctors.specialty} = ${specialty} AND ${order} ${part} ORDER BY ${order} LIMIT ${limit})`;
  const { rows } = await ctx.db.execute<{ id: string }>(
    sql`${some(sql`>= ${from}::int`)} UNION ALL ${some(sql`< ${from}::int`)} LIMIT ${limit}`,
  );
  return rows.map(({ id }) => id);
}

/** Of some specialties those in which somebody accepts requests, in the order that they came in. */
export async function acceptingAmong(ctx: Ctx, specialties: readonly string[]): Promise<string[]> {
  const rows = await ctx.db
    .selectDistinct({ specialty: doctors.specialty })
    .from(doctors)
    .where(and(accepting, inArray(doctors.specialty, [...specialties])));
  const found = new Set(rows.map(({ specialty }) => specialty));
  return specialties.filter((specialty) => found.has(specialty));
}
