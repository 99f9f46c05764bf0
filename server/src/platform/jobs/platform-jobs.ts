import type { Ctx } from '../../context.ts';
import { dropOldIdempotencyKeys } from '../http/idempotency.ts';
import { job, onJob } from './jobs.ts';

const dropKeysJob = job<Record<string, never>>('platform.drop-idempotency-keys');

export const platformJobs = [
  onJob(dropKeysJob, async (ctx: Ctx) => dropOldIdempotencyKeys(ctx), { cron: '15 * * * *' }),
];
