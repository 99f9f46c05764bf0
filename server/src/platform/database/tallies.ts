import { sql } from 'drizzle-orm';
import type { Ctx } from '../../context.ts';

/** What is counted by triggers (migration 0015_bounded), since counting it would take longer the more there is. */
export type Tallied = 'accounts' | 'doctors' | 'requests' | 'ratings';

/** How many there are of each key, at this moment: what was added up, and what has changed since. */
export async function readTallies({ db }: Pick<Ctx, 'db'>, subject: Tallied): Promise<Map<string, number>> {
  const { rows } = await db.execute<{ key: string; n: string }>(sql`
    SELECT key, sum(n) AS n FROM (
      SELECT key, n FROM tallies WHERE subject = ${subject}
      UNION ALL SELECT key, delta FROM tally_changes WHERE subject = ${subject}
    ) AS parts GROUP BY key HAVING sum(n) <> 0 ORDER BY key`);
  return new Map(rows.map(({ key, n }) => [key, Number(n)]));
}

/** So many at once: however long no worker ran, a statement stays short. */
const batch = 10_000;

/** Adds up the changes. In one statement, so that whoever reads meanwhile sees each change once. */
export async function addUpTallies(ctx: Ctx): Promise<void> {
  for (;;) {
    const { rows } = await ctx.db.execute<{ taken: number }>(sql`
      WITH picked AS (SELECT ctid FROM tally_changes LIMIT ${batch} FOR UPDATE SKIP LOCKED),
      taken AS (DELETE FROM tally_changes USING picked WHERE tally_changes.ctid = picked.ctid RETURNING subject, key, delta),
      added AS (
        INSERT INTO tallies SELECT subject, key, sum(delta) FROM taken GROUP BY subject, key ORDER BY subject, key
        ON CONFLICT (subject, key) DO UPDATE SET n = tallies.n + excluded.n)
      SELECT count(*)::int AS taken FROM taken`);
    if ((rows[0]?.taken ?? 0) < batch) return;
  }
}
