import { sql } from 'drizzle-orm';
import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { changesKeptMs } from '../../cache-policies.ts';
import type { Ctx } from '../../context.ts';
import { ChangeLog } from '../database/change-log.ts';
import { instant, transactionId } from '../database/columns.ts';

const cacheChanges = pgTable(
  'cache_changes',
  {
    xid: transactionId('xid').notNull(),
    subject: text('subject').notNull(),
    at: instant('at').notNull().default(sql`clock_timestamp()`),
  },
  (table) => [primaryKey({ columns: [table.xid, table.subject] })],
);

/** What a node knows of the changes that make copies worthless; the triggers of the tables that are copied write them down. */
export function openCacheChanges(): ChangeLog {
  return new ChangeLog({
    table: cacheChanges,
    subject: cacheChanges.subject,
    xid: cacheChanges.xid,
    statement: 'cache_changes_since',
    keptForMs: changesKeptMs,
  });
}

/**
 * Which database this is: copies of one are nothing to another that shares the Redis, to a clone of it, or to what was restored out
 * of a backup and counts its transactions on from there.
 */
export async function identifyDatabase({ db }: Pick<Ctx, 'db'>): Promise<string> {
  const { rows } = await db.execute<{ id: string }>(
    sql`SELECT concat_ws('-', system_identifier, timeline_id, oid) AS id
      FROM pg_control_system(), pg_control_checkpoint(), pg_database WHERE datname = current_database()`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The database does not say which it is.');
  return row.id;
}

export async function dropOldCacheChanges(ctx: Ctx): Promise<void> {
  await ctx.db.delete(cacheChanges).where(sql`${cacheChanges.at} < now() - interval '1 hour'`);
}
