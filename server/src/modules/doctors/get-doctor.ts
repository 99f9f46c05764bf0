import {
  getDoctor as contract,
  type Doctor,
  type InputOf,
  type ReplyOf,
  type listRatings as ratingsContract,
} from '@openward/contracts';
import { and, desc, eq, sql } from 'drizzle-orm';
import { copiesOf } from '#platform/cache/copies.ts';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { notFound } from '#platform/problem.ts';
import { cachePolicies } from '#server/cache-policies.ts';
import type { Ctx } from '#server/context.ts';
import { doctors, ratings } from './tables.ts';
import { type DoctorRow, doctorView } from './view.ts';

/** Any doctor's row, listed or not, or null. */
export async function findDoctor(ctx: Ctx, id: string): Promise<DoctorRow | null> {
  const [row] = await ctx.db.select().from(doctors).where(eq(doctors.accountId, id));
  return row ?? null;
}

const profiles = copiesOf(cachePolicies.doctorProfile, contract);

/**
 * The public profile of a doctor that patients can find; to oneself also before an approval, as others will see it.
 * @throws Problem 404 for anyone else: pending and banned doctors too.
 */
export async function getDoctor(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<Doctor> {
  const profile = await ctx.cache.read(profiles, id, async () => {
    const row = await ctx.reading((ctx) => findDoctor(ctx, id));
    return row?.listed === true ? doctorView(row, ctx.clock.now()) : null;
  });
  if (profile !== null) return profile;
  const own = ctx.actor?.accountId === id ? await findDoctor(ctx, id) : null;
  if (own === null) throw notFound();
  return doctorView(own, ctx.clock.now());
}

/** A doctor's ratings, newest first, without their patients. */
export async function listRatings(
  ctx: Ctx,
  input: InputOf<typeof ratingsContract>,
): Promise<ReplyOf<typeof ratingsContract>> {
  const { id, limit = 20 } = input;
  const after = decodeCursor(input.cursor, ['time', 'id']);
  await getDoctor(ctx, { id });
  const rows = await ctx.reading((ctx) =>
    ctx.db
      .select()
      .from(ratings)
      .where(
        and(
          eq(ratings.doctorId, id),
          after === null
            ? undefined
            : sql`(${ratings.createdAt}, ${ratings.requestId}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
        ),
      )
      .orderBy(desc(ratings.createdAt), desc(ratings.requestId))
      .limit(limit + 1),
  );
  return toPage(
    rows,
    limit,
    (row) => [row.createdAt, row.requestId],
    ({ stars, comment, createdAt }) => ({ stars, comment, createdAt }),
  );
}
