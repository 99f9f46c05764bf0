import { onJob } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { eraseDocuments, eraseDocumentsJob } from './approvals/remove-document.ts';

export const doctorJobs = [
  // Each removal sends one; the clock's run catches uploads that broke off.
  onJob(eraseDocumentsJob, async (ctx: Ctx) => eraseDocuments(ctx), { cron: '*/10 * * * *' }),
];
