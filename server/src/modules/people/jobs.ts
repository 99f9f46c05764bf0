import { job, onJob } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { removeDueRecords } from './remove-records.ts';

const removeRecordsJob = job<Record<string, never>>('people.remove-records');

export const peopleJobs = [
  onJob(removeRecordsJob, async (ctx: Ctx) => void (await removeDueRecords(ctx)), { cron: '40 2 * * *' }),
];
