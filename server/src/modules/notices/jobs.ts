import { job, onJob } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { cleanUp } from './clean-up.ts';
import { mailTogether, mailTogetherJob } from './mail-together.ts';
import { pushNotice, pushNoticeJob } from './push-notice.ts';

const cleanUpJob = job<Record<string, never>>('notices.clean-up');

export const noticeJobs = [
  onJob(mailTogetherJob, mailTogether),
  onJob(pushNoticeJob, pushNotice),
  onJob(cleanUpJob, async (ctx: Ctx) => cleanUp(ctx), { cron: '35 * * * *' }),
];
