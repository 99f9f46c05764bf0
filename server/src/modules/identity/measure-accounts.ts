import type { Ctx } from '#server/context.ts';
import { countBanned, countLiveSessions } from './count-accounts.ts';

/** Gauges of what accounts have at this moment, for the metrics of one node: all would say the same. */
export function measureAccounts(ctx: Ctx): void {
  ctx.metrics.addReadings({
    gauges: {
      openward_sessions_live: { help: 'Sessions that go on, counted up to 10,000.' },
      openward_bans_running: { help: 'Accounts that are banned, counted up to 1,000.' },
    },
    read: async () => {
      const [live, banned] = await Promise.all([countLiveSessions(ctx), countBanned(ctx)]);
      return [
        { gauge: 'openward_sessions_live', value: live },
        { gauge: 'openward_bans_running', value: [...banned.values()].reduce((sum, n) => sum + n, 0) },
      ];
    },
  });
}
