import type { getStats as contract, ReplyOf } from '@openward/contracts';
import { and, count, eq, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { countAllRecords } from '#server/modules/care/index.ts';
import { accounts, banIsRunning, bans, isLive, sessions } from '#server/modules/identity/index.ts';

const statusSql = sql<string>`CASE
  WHEN ${accounts.deletedAt} IS NOT NULL THEN 'deleted'
  WHEN ${bans.id} IS NOT NULL THEN 'banned'
  WHEN ${accounts.role} = 'doctor' AND ${accounts.approvedAt} IS NULL THEN 'pending-approval'
  ELSE 'active' END`;

/** Numbers for the admin's start page. */
export async function getStats(ctx: Ctx): Promise<ReplyOf<typeof contract>> {
  const [groups, live, running, records] = await Promise.all([
    ctx.reading(({ db }) =>
      db
        .select({ role: accounts.role, status: statusSql, n: count() })
        .from(accounts)
        .leftJoin(bans, and(eq(bans.accountId, accounts.id), banIsRunning))
        .groupBy(accounts.role, statusSql),
    ),
    ctx.reading(({ db }) => db.select({ n: count() }).from(sessions).where(isLive(ctx.config.sessions))),
    ctx.reading(({ db }) => db.select({ n: count() }).from(bans).where(banIsRunning)),
    countAllRecords(ctx),
  ]);
  return {
    accounts: { total: sum(groups), byRole: sumBy(groups, 'role'), byStatus: sumBy(groups, 'status') },
    requests: {
      total: Object.values(records.requestsByStatus).reduce((a, b) => a + b, 0),
      byStatus: records.requestsByStatus,
    },
    sessions: { active: live[0]?.n ?? 0 },
    bans: { active: running[0]?.n ?? 0 },
    ratings: { total: records.ratings },
  };
}

type Group = { role: string; status: string; n: number };

function sum(groups: Group[]): number {
  return groups.reduce((total, { n }) => total + n, 0);
}

function sumBy(groups: Group[], key: 'role' | 'status'): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const group of groups) sums[group[key]] = (sums[group[key]] ?? 0) + group.n;
  return sums;
}
