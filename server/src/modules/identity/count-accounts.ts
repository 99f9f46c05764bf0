import { sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { banIsRunning } from './accounts/account.ts';
import { isLive } from './sessions/session-life.ts';
import { accounts, bans, sessions } from './tables.ts';

/** As the contract says: beyond it nobody looks at the last digit, and counting on would take longer the more there are. */
const most = { sessions: sql.raw('10000'), bans: sql.raw('1000') };

/** Sessions that go on, counted up to 10,000: along their expiry from the latest on, so that none is looked at that ran out. */
export async function countLiveSessions(ctx: Ctx): Promise<number> {
  const { rows } = await ctx.reading(({ db }) =>
    db.execute<{ n: number }>(sql`SELECT count(*)::int AS n FROM (
      SELECT FROM ${sessions} WHERE ${sessions.expiresAt} > now() AND ${isLive(ctx.config.sessions)} ORDER BY ${sessions.expiresAt} DESC LIMIT ${most.sessions}
    ) AS live`),
  );
  return rows[0]?.n ?? 0;
}

/** Who is banned at this moment and not deleted, counted up to 1,000, by what they would be else: as the tally of accounts names it. */
export async function countBanned(ctx: Ctx): Promise<Map<string, number>> {
  const { rows } = await ctx.reading(({ db }) =>
    db.execute<{ key: string; n: number }>(sql`
      SELECT account_tally_key(${accounts.role}, ${accounts.deletedAt}, ${accounts.approvedAt}) AS key, count(*)::int AS n
      FROM (SELECT ${bans.accountId} FROM ${bans} WHERE ${banIsRunning} LIMIT ${most.bans}) AS banned JOIN ${accounts} ON ${accounts.id} = banned.account_id
      WHERE ${accounts.deletedAt} IS NULL
      GROUP BY 1`),
  );
  return new Map(rows.map(({ key, n }) => [key, n]));
}
