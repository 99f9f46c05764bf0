import { sql } from 'drizzle-orm';
import { violatedUnique } from '#platform/database/connect.ts';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { changeDoctor } from './keep-doctor.ts';
import { doctors, ratings } from './tables.ts';

export type NewRating = {
  requestId: string;
  doctorId: string;
  patientId: string;
  stars: number;
  comment: string | null;
};

/**
 * Adds a rating and what it does to the doctor's average and score, within the caller's transaction. Who may rate what is
 * the caller's to check; once for a request is checked here.
 * @throws Problem 409 `already-rated`.
 */
export async function recordRating(
  ctx: Ctx,
  rating: NewRating,
): Promise<{ stars: number; comment: string | null; createdAt: string }> {
  try {
    // Within a savepoint, because a violated key would spoil the caller's whole transaction.
    const [row] = await ctx.db.transaction((savepoint) => savepoint.insert(ratings).values(rating).returning());
    if (row === undefined) throw new Error('The rating was not stored.');
    await addToTotals(ctx, rating.doctorId, rating.stars);
    return { stars: row.stars, comment: row.comment, createdAt: row.createdAt };
  } catch (error) {
    if (violatedUnique(error) !== null)
      throw new Problem('already-rated', { detail: 'You have rated this request already.' });
    throw error;
  }
}

/**
 * The sums are `ratingAverages` in server/src/cache-policies.ts: kept in the row, shown by the profile and the lists. With them the
 * database weighs all ratings of the doctor anew, the row being locked: of two at once the later one counts both.
 */
async function addToTotals(ctx: Ctx, doctorId: string, stars: number): Promise<void> {
  const doctor = await changeDoctor(ctx, doctorId, {
    ratingCount: sql`${doctors.ratingCount} + 1`,
    ratingSum: sql`${doctors.ratingSum} + ${stars}`,
    ratingSumOfSquares: sql`${doctors.ratingSumOfSquares} + ${stars * stars}`,
  });
  if (doctor === null) throw new Error(`Doctor ${doctorId} is not in the directory.`);
}
