import { count } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { banIsRunning } from './accounts/account.ts';
import { isLive } from './sessions/session-life.ts';
import { bans, sessions } from './tables.ts';

/** Gauges of what accounts have at this moment, for the metrics of one node: all would say the same. */
export function measureAccounts(ctx: Ctx): void {
  ctx.metrics.addReadings({
    gauges: {
      openward_sessions_live: { help: 'Sessions that go on.' },
      openward_bans_running: { help: 'Accounts that are banned.' },
    },
    read: async () => {
      const [[live], [running]] = await Promise.all([
        ctx.db.select({ value: count() }).from(sessions).where(isLive(ctx.config.sessions)),
        ctx.db.select({ value: count() }).from(bans).where(banIsRunning),
      ]);
      return [
        { gauge: 'openward_sessions_live', value: live?.value ?? 0 },
        { gauge: 'openward_bans_running', value: running?.value ?? 0 },
      ];
    },
  });
}
