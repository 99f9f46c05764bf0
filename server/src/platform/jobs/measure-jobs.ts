import { sql } from 'drizzle-orm';
import type { Ctx } from '../../context.ts';
import type { Reading } from '../metrics/readings.ts';

/** Gauges of what waits in the queues: of one node that has them, since all would say the same. */
export function measureJobs(ctx: Ctx): void {
  ctx.metrics.addReadings({
    gauges: {
      openward_jobs: {
        help: 'Jobs by queue and state: due and waiting, active, failed for good; the last two as counted every ten seconds.',
        labelNames: ['queue', 'state'],
      },
      openward_jobs_oldest_seconds: {
        help: 'How long the oldest job that is due has waited, by queue.',
        labelNames: ['queue'],
      },
    },
    read: () => readJobs(ctx),
  });
}

type Row = { queue: string; active: number; failed: number; due: number; oldestS: number };

async function readJobs(ctx: Ctx): Promise<Reading[]> {
  const { rows } = await ctx.db.execute<Row>(sql`
    SELECT queue.name AS queue, active_count AS active, failed_count AS failed,
      coalesce(waiting.due, 0)::int AS due, coalesce(waiting.oldest, 0)::float AS "oldestS"
    FROM jobs.queue AS queue LEFT JOIN (
      SELECT name, count(*) AS due, extract(epoch FROM now() - min(start_after)) AS oldest
      FROM jobs.job WHERE state < 'active' AND NOT blocked AND start_after <= now() GROUP BY name
    ) AS waiting USING (name)`);
  return rows.flatMap(({ queue, due, active, failed, oldestS }) => [
    { gauge: 'openward_jobs', labels: { queue, state: 'due' }, value: due },
    { gauge: 'openward_jobs', labels: { queue, state: 'active' }, value: active },
    { gauge: 'openward_jobs', labels: { queue, state: 'failed' }, value: failed },
    { gauge: 'openward_jobs_oldest_seconds', labels: { queue }, value: oldestS },
  ]);
}
