import type { getDoctor as contract, InputOf, ReplyOf, listRatings as ratingsContract } from '@openward/contracts';
import { and, desc, eq, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { doctors, ratings } from './tables.ts';
import { type DoctorRow, doctorView } from './view.ts';

/** Any doctor's row, listed or not, or null. */
export async function findDoctor(ctx: Ctx, id: string): Promise<DoctorRow | null> {
  const [row] = await ctx.db.select().from(doctors).where(eq(doctors.accountId, id));
  return row ?? null;
}

/** A doctor that patients can find. @throws Problem 404 for anyone else: pending and banned doctors too. */
export async function listedDoctor(ctx: Ctx, id: string): Promise<DoctorRow> {
  const row = await findDoctor(ctx, id);
  if (row === null || !row.listed) throw notFound();
  return row;
}

export async function getDoctor(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  return doctorView(await listedDoctor(ctx, id));
}

/** A doctor's ratings, newest first, without their patients. */
export async function listRatings(
  ctx: Ctx,
  input: InputOf<typeof ratingsContract>,
): Promise<ReplyOf<typeof ratingsContract>> {
  const { id, limit = 20 } = input;
  const after = decodeCursor(input.cursor, ['time', 'id']);
  await listedDoctor(ctx, id);
  const rows = await ctx.db
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
    .limit(limit + 1);
  return toPage(
    rows,
    limit,
    (row) => [row.createdAt, row.requestId],
    ({ stars, comment, createdAt }) => ({ stars, comment, createdAt }),
  );
}
