import { and, isNotNull, not, or, sql } from 'drizzle-orm';
import { job, onJob } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { liftBanJob, liftDueBans } from './accounts/bans.ts';
import { totpIsOn } from './factors/factors.ts';
import { mailLink, mailLinkJob } from './links/mail-link.ts';
import { dropOldChallenges } from './passkeys/passkey-challenges.ts';
import { forgetOldDevices } from './sessions/remember-device.ts';
import { emailLinks, refreshTokens, sessionChanges, sessions, totpFactors } from './tables.ts';

const cleanUpJob = job<Record<string, never>>('identity.clean-up');

/**
 * Drops sessions that ended or ran out a week ago, links a day past their end, refresh tokens past their grace, changes
 * of sessions that no copy is older than, second factors that nobody confirmed, challenges that nobody answered, and
 * devices that have not been seen for months.
 */
export async function cleanUp(ctx: Ctx): Promise<void> {
  await ctx.db
    .delete(refreshTokens)
    .where(and(isNotNull(refreshTokens.rotatedAt), sql`${refreshTokens.rotatedAt} < now() - interval '2 minutes'`));
  await ctx.db
    .delete(sessions)
    .where(
      or(sql`${sessions.endedAt} < now() - interval '7 days'`, sql`${sessions.expiresAt} < now() - interval '7 days'`),
    );
  await ctx.db.delete(sessionChanges).where(sql`${sessionChanges.at} < now() - interval '1 hour'`);
  await ctx.db.delete(totpFactors).where(and(sql`${totpFactors.createdAt} < now() - interval '1 day'`, not(totpIsOn)));
  await dropOldChallenges(ctx);
  await forgetOldDevices(ctx);
  await ctx.db.delete(emailLinks).where(sql`${emailLinks.expiresAt} < now() - interval '1 day'`);
}

export const identityJobs = [
  onJob(mailLinkJob, mailLink),
  // Each ban has a job for its minute; the clock's run catches what a lost job would miss.
  onJob(liftBanJob, async (ctx: Ctx) => void (await liftDueBans(ctx)), { cron: '* * * * *' }),
  onJob(cleanUpJob, async (ctx: Ctx) => cleanUp(ctx), { cron: '*/10 * * * *' }),
];
