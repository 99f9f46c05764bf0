import { job, onJob } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { findRing, findRingJob } from './find-ring.ts';
import { dropUsedProofs } from './proof.ts';
import { settleJob } from './raise-case.ts';
import { removeOldSubjects, settleCases } from './settle-cases.ts';

const cleanUpJob = job<Record<string, never>>('abuse.clean-up');

export const abuseJobs = [
  // Each step has a job for its end; the clock's run catches what a lost job would miss, and mails what had to wait.
  onJob(settleJob, async (ctx: Ctx) => void (await settleCases(ctx)), { cron: '* * * * *' }),
  onJob(findRingJob, findRing),
  onJob(
    cleanUpJob,
    async (ctx: Ctx) => {
      await dropUsedProofs(ctx);
      await removeOldSubjects(ctx);
    },
    { cron: '25 * * * *' },
  ),
];
