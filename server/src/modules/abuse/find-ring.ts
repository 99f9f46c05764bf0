import { and, count, countDistinct, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import { job } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { ratings } from '#server/modules/doctors/index.ts';
import { accounts, knownDevices } from '#server/modules/identity/index.ts';
import { raiseCase } from './raise-case.ts';
import { findRule } from './rules.ts';

/** Sent with each rating: looks whether it makes a ring. */
export const findRingJob = job<{ doctorId: string }>('abuse.find-ring');

/** From registration to rating, at most: a real treatment may be as quick, but seldom five from one device. */
const newForDays = 3;

/**
 * Looks for accounts that registered, logged in from one device in one network, and rated the same doctor with five stars, or with one,
 * all within days. Told to admins, and nothing else: they can ask, a program cannot know. The case is about the doctor, who
 * may be who gains by it or who suffers from it.
 */
export async function findRing(ctx: Ctx, { doctorId }: { doctorId: string }): Promise<void> {
  const rule = findRule('rating-ring');
  const least = rule?.steps.attention?.at;
  if (rule === undefined || least === undefined || ctx.config.abuseDetection === 'off') return;
  const since = new Date(ctx.clock.now().getTime() - rule.windowS * 1000).toISOString();
  const raters = countDistinct(ratings.patientId);
  const [ring] = await ctx.db
    .select({ stars: ratings.stars, raters, ratings: count() })
    .from(ratings)
    .innerJoin(accounts, eq(accounts.id, ratings.patientId))
    .innerJoin(knownDevices, eq(knownDevices.accountId, accounts.id))
    .where(
      and(
        eq(ratings.doctorId, doctorId),
        inArray(ratings.stars, [1, 5]),
        gt(ratings.createdAt, since),
        sql`${ratings.createdAt} < ${accounts.createdAt} + make_interval(days => ${newForDays})`,
      ),
    )
    .groupBy(ratings.stars, knownDevices.device, knownDevices.network)
    .orderBy(desc(raters))
    .limit(1);
  if (ring === undefined || ring.raters < least) return;
  await raiseCase(
    ctx,
    rule,
    { type: 'account', id: doctorId },
    {
      score: ring.raters,
      evidence: {
        windowS: rule.windowS,
        signals: { [`new accounts with ${ring.stars} stars`]: ring.raters },
        routes: ['/requests/{id}/rating'],
        goodAccounts: 0,
      },
    },
  );
}
