import { sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { noticeLimits } from '#server/limits.ts';
import { notifications } from './tables.ts';

/** So many rows in one statement: none holds locks for long. */
const batchSize = 5000;

/** Removes what is too old, and what is more than an account keeps. */
export async function cleanUp(ctx: Ctx): Promise<void> {
  const { keptDays, keptPerAccount } = noticeLimits;
  await inBatches(
    ctx,
    sql`SELECT id FROM ${notifications} WHERE created_at < now() - make_interval(days => ${keptDays}) LIMIT ${batchSize}`,
  );
  await inBatches(
    ctx,
    sql`SELECT older.id FROM (
        SELECT account_id FROM ${notifications} GROUP BY account_id HAVING count(*) > ${keptPerAccount}
      ) AS crowded
      CROSS JOIN LATERAL (
        SELECT id FROM ${notifications} WHERE account_id = crowded.account_id
        ORDER BY created_at DESC, id DESC OFFSET ${keptPerAccount}
      ) AS older
      LIMIT ${batchSize}`,
  );
}

async function inBatches(ctx: Ctx, ids: ReturnType<typeof sql>): Promise<void> {
  for (;;) {
    const removed = await ctx.db
      .delete(notifications)
      .where(sql`${notifications.id} IN (${ids})`)
      .returning({ id: notifications.id });
    if (removed.length < batchSize) return;
  }
}
