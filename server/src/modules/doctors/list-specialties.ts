import { type listSpecialties as contract, type ReplyOf, specialties } from '@openward/contracts';
import { count, eq } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { doctors } from './tables.ts';

/** All specialties in the order of their codes; those without a listed doctor too. */
export async function listSpecialties(ctx: Ctx): Promise<ReplyOf<typeof contract>> {
  const rows = await ctx.db
    .select({ code: doctors.specialty, count: count() })
    .from(doctors)
    .where(eq(doctors.listed, true))
    .groupBy(doctors.specialty);
  const counts = new Map(rows.map((row) => [row.code, row.count]));
  return { items: specialties.map(([code, name]) => ({ code, name, doctorCount: counts.get(code) ?? 0 })) };
}
