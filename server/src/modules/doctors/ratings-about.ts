import { and, asc, eq, or, sql } from 'drizzle-orm';
import { readPages } from '#platform/database/read-pages.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { ratings } from './tables.ts';

/** All ratings that an account gave or got, for its export. Who gave one that it got is not said: it is said to nobody. */
export async function ratingsAbout(ctx: Ctx, accountId: string) {
  const rows = await readPages<typeof ratings.$inferSelect>((after, limit) =>
    ctx.db
      .select()
      .from(ratings)
      .where(
        and(
          or(eq(ratings.patientId, accountId), eq(ratings.doctorId, accountId)),
          after === null
            ? undefined
            : sql`(${ratings.createdAt}, ${ratings.requestId}) > (${after.createdAt}::timestamptz, ${after.requestId}::uuid)`,
        ),
      )
      .orderBy(asc(ratings.createdAt), asc(ratings.requestId))
      .limit(limit),
  );
  const gave = actorOf(ctx).role === 'patient';
  return rows.map(({ requestId, doctorId, stars, comment, createdAt }) =>
    gave ? { requestId, doctorId, stars, comment, createdAt } : { stars, comment, createdAt },
  );
}
