import type { Ctx } from '../../context.ts';
import { dropOldCacheChanges } from '../cache/cache-changes.ts';
import { addUpTallies } from '../database/tallies.ts';
import { dropOldIdempotencyKeys } from '../http/idempotency.ts';
import { job, onJob } from './jobs.ts';

const dropKeysJob = job<Record<string, never>>('platform.drop-idempotency-keys');

const dropChangesJob = job<Record<string, never>>('platform.drop-cache-changes');

const addUpTalliesJob = job<Record<string, never>>('platform.add-up-tallies');

export const platformJobs = [
  onJob(dropKeysJob, async (ctx: Ctx) => dropOldIdempotencyKeys(ctx), { cron: '15 * * * *' }),
  onJob(dropChangesJob, async (ctx: Ctx) => dropOldCacheChanges(ctx), { cron: '*/20 * * * *' }),
  onJob(addUpTalliesJob, async (ctx: Ctx) => addUpTallies(ctx), { cron: '* * * * *' }),
];
