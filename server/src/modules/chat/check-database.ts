import { sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';

type Facts = { commits: string; fsync: string; partitioned: boolean };

/**
 * Whether the chat database can keep what an ack promises, and is laid out as CHAT_DISTRIBUTED says.
 * @throws Error with one line that says what to change.
 */
export async function checkDatabase(ctx: Ctx): Promise<void> {
  const { rows } = await ctx.chatDb.execute<Facts>(sql`
    SELECT current_setting('synchronous_commit') AS commits, current_setting('fsync') AS fsync,
      (SELECT relkind = 'p' FROM pg_class WHERE oid = 'messages'::regclass) AS partitioned`);
  const [facts] = rows;
  if (facts === undefined) return;
  if (facts.commits === 'off') {
    throw new Error(
      'The chat database has synchronous_commit off: it would confirm messages that a crash can lose. Turn it on.',
    );
  }
  if (facts.fsync === 'off') ctx.log.warn('The chat database has fsync off: a crash of its machine loses messages.');
  if (facts.partitioned !== ctx.config.chatDistributed) return;
  const layout = facts.partitioned ? 'partitioned on one machine' : 'distributed';
  throw new Error(
    `The chat database is ${layout}, CHAT_DISTRIBUTED says otherwise. It decides once, at the first migration: set it as it was then.`,
  );
}
