import { count, eq, or } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { ratings } from '#server/modules/doctors/index.ts';
import { careRequests, diagnoses } from './tables.ts';

/** How much of the record an account has to do with: numbers only, for admins. */
export async function countRecords(
  ctx: Ctx,
  accountId: string,
): Promise<{ requests: number; diagnoses: number; ratings: number }> {
  const [requests, made, given] = await Promise.all([
    ctx.db
      .select({ n: count() })
      .from(careRequests)
      .where(or(eq(careRequests.patientId, accountId), eq(careRequests.doctorId, accountId))),
    ctx.db
      .select({ n: count() })
      .from(diagnoses)
      .innerJoin(careRequests, eq(careRequests.id, diagnoses.requestId))
      .where(or(eq(careRequests.patientId, accountId), eq(diagnoses.doctorId, accountId))),
    ctx.db
      .select({ n: count() })
      .from(ratings)
      .where(or(eq(ratings.patientId, accountId), eq(ratings.doctorId, accountId))),
  ]);
  return { requests: requests[0]?.n ?? 0, diagnoses: made[0]?.n ?? 0, ratings: given[0]?.n ?? 0 };
}
