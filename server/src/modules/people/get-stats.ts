import type { getStats as contract, ReplyOf } from '@openward/contracts';
import { readTallies, type Tallied } from '#platform/database/tallies.ts';
import type { Ctx } from '#server/context.ts';
import { countBanned, countLiveSessions } from '#server/modules/identity/index.ts';

/** Numbers for the admin's start page: read, not counted, so that they cost the same whatever there is. */
export async function getStats(ctx: Ctx): Promise<ReplyOf<typeof contract>> {
  const tally = (subject: Tallied) => ctx.reading((ctx) => readTallies(ctx, subject));
  const [accounts, banned, active, requests, ratings] = await Promise.all([
    tally('accounts'),
    countBanned(ctx),
    countLiveSessions(ctx),
    tally('requests'),
    tally('ratings'),
  ]);
  return {
    accounts: { total: sum(accounts), byRole: sumBy(accounts, 0), byStatus: byStatus(accounts, banned) },
    requests: { total: sum(requests), byStatus: Object.fromEntries(requests) },
    sessions: { active },
    bans: { active: sum(banned) },
    ratings: { total: sum(ratings) },
  };
}

/** By `role status`. */
type Counts = ReadonlyMap<string, number>;

function sum(counts: Counts): number {
  return [...counts.values()].reduce((total, n) => total + n, 0);
}

function sumBy(counts: Counts, part: 0 | 1): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [key, n] of counts) {
    const name = key.split(' ')[part] ?? '';
    sums[name] = (sums[name] ?? 0) + n;
  }
  return sums;
}

/** Who is banned is that and nothing else. */
function byStatus(accounts: Counts, banned: Counts): Record<string, number> {
  const sums = sumBy(accounts, 1);
  for (const [status, n] of Object.entries(sumBy(banned, 1))) sums[status] = (sums[status] ?? 0) - n;
  sums['banned'] = sum(banned);
  return Object.fromEntries(Object.entries(sums).filter(([, n]) => n > 0));
}
