import { job, onJob } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { settleLeaseJob, syncRoomJob } from '#server/modules/care/index.ts';
import { dropOrphans } from './remove-attachments.ts';
import { removeMessages, removeMessagesJob } from './remove-messages.ts';
import { settleLease, settleOverdueLeases } from './settle-lease.ts';
import { syncRoom } from './sync-room.ts';
import { dropExpiredTickets } from './take-ticket.ts';
import { tellAway, tellAwayJob } from './tell-away.ts';
import { tellFlags, tellFlagsJob } from './tell-flags.ts';

const dropTicketsJob = job<Record<string, never>>('chat.drop-tickets');

const dropOrphansJob = job<Record<string, never>>('chat.drop-orphans');

const settleLeasesJob = job<Record<string, never>>('chat.settle-leases');

export const chatJobs = [
  onJob(syncRoomJob, syncRoom),
  onJob(tellAwayJob, tellAway),
  onJob(settleLeaseJob, settleLease),
  // Each lease has a job for its end; the clock's run catches what a lost job would miss.
  onJob(settleLeasesJob, async (ctx: Ctx) => settleOverdueLeases(ctx), { cron: '* * * * *' }),
  onJob(tellFlagsJob, async (ctx: Ctx) => void (await tellFlags(ctx)), { cron: '* * * * *' }),
  onJob(removeMessagesJob, async (ctx: Ctx, payload) => void (await removeMessages(ctx, payload))),
  onJob(dropOrphansJob, async (ctx: Ctx) => dropOrphans(ctx), { cron: '*/10 * * * *' }),
  onJob(dropTicketsJob, async (ctx: Ctx) => dropExpiredTickets(ctx), { cron: '*/10 * * * *' }),
];
