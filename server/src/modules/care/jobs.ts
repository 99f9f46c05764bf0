import { onJob } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { escalateJob, escalateWaiting } from './escalate.ts';
import { flagRequest, flagRequestJob } from './red-flags/flag-request.ts';

export const careJobs = [
  onJob(escalateJob, async (ctx: Ctx) => escalateWaiting(ctx), { cron: '* * * * *' }),
  onJob(flagRequestJob, flagRequest),
];
