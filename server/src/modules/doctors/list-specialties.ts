import { listSpecialties as contract, type ReplyOf, specialties } from '@openward/contracts';
import { count, eq } from 'drizzle-orm';
import { copiesOf } from '#platform/cache/copies.ts';
import { cachePolicies } from '#server/cache-policies.ts';
import type { Ctx } from '#server/context.ts';
import { doctors } from './tables.ts';

/** All specialties in the order of their codes; those without a listed doctor too. */
export async function listSpecialties(ctx: Ctx): Promise<Counts> {
  return ctx.cache.read(counts, null, () => ctx.reading(countDoctors));
}

type Counts = ReplyOf<typeof contract>;

const counts = copiesOf(cachePolicies.specialtyCounts, contract);

async function countDoctors(ctx: Ctx): Promise<Counts> {
  const rows = await ctx.db
    .select({ code: doctors.specialty, count: count() })
    .from(doctors)
    .where(eq(doctors.listed, true))
    .groupBy(doctors.specialty);
  const byCode = new Map(rows.map((row) => [row.code, row.count]));
  return { items: specialties.map(([code, name]) => ({ code, name, doctorCount: byCode.get(code) ?? 0 })) };
}
