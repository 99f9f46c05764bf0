import { urgencies } from '@openward/contracts';
import { and, count, eq, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { escalations, leasesEnded, redFlagsFound } from './counters.ts';
import { notReserved } from './reservation.ts';
import { careRequests } from './tables.ts';

/** Gauges of who waits for a doctor, for the metrics of one node: all would say the same. */
export function measureWaiting(ctx: Ctx): void {
  ctx.metrics.addCounters([leasesEnded, escalations, redFlagsFound]);
  ctx.metrics.addReadings({
    gauges: {
      openward_requests_waiting: {
        help: 'Requests that no doctor has taken yet, by urgency.',
        labelNames: ['urgency'],
      },
      openward_requests_waiting_oldest_seconds: {
        help: 'How long the one that waits longest has waited, by urgency.',
        labelNames: ['urgency'],
      },
    },
    read: async () => {
      const rows = await ctx.db
        .select({
          urgency: careRequests.urgency,
          value: count(),
          oldestS: sql<number>`extract(epoch FROM now() - min(coalesce(${careRequests.returnedAt}, ${careRequests.submittedAt})))::float`,
        })
        .from(careRequests)
        .where(and(eq(careRequests.status, 'submitted'), notReserved))
        .groupBy(careRequests.urgency);
      return urgencies.flatMap((urgency) => {
        const row = rows.find((row) => row.urgency === urgency);
        const labels = { urgency };
        return [
          { gauge: 'openward_requests_waiting', labels, value: row?.value ?? 0 },
          { gauge: 'openward_requests_waiting_oldest_seconds', labels, value: row?.oldestS ?? 0 },
        ];
      });
    },
  });
}
