import { listSpecialties as contract, type ReplyOf, specialties } from '@openward/contracts';
import { copiesOf } from '#platform/cache/copies.ts';
import { readTallies } from '#platform/database/tallies.ts';
import { cachePolicies } from '#server/cache-policies.ts';
import type { Ctx } from '#server/context.ts';

/** All specialties in the order of their codes; those without a listed doctor too. */
export async function listSpecialties(ctx: Ctx): Promise<Counts> {
  return ctx.cache.read(counts, null, () => ctx.reading(countDoctors));
}

type Counts = ReplyOf<typeof contract>;

const counts = copiesOf(cachePolicies.specialtyCounts, contract);

async function countDoctors(ctx: Ctx): Promise<Counts> {
  const byCode = await readTallies(ctx, 'doctors');
  return { items: specialties.map(([code, name]) => ({ code, name, doctorCount: byCode.get(code) ?? 0 })) };
}
