import { job, onJob } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { handedOverJob } from '#server/modules/care/index.ts';
import { endHandedOver } from './end-handed-over.ts';
import { openDue, remindDue } from './keep-time.ts';

/** What is missed in one minute is done in the next: everything that is due is found in the table. */
const keepTimeJob = job<Record<string, never>>('appointments.keep-time', { limit: 2, delayS: 5, maxDelayS: 30 });

export const appointmentJobs = [
  onJob(handedOverJob, endHandedOver),
  onJob(
    keepTimeJob,
    async (ctx: Ctx) => {
      await openDue(ctx);
      await remindDue(ctx);
    },
    { cron: '* * * * *' },
  ),
];
