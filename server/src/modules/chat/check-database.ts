import { sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';

type Keeping = { commits: string; fsync: string };
type Facts = Keeping & { partitioned: boolean };

/**
 * Whether the chat database can keep what an ack promises, on each of its machines, and is laid out as CHAT_DISTRIBUTED says.
 * @throws Error with one line that says what to change.
 */
export async function checkDatabase(ctx: Ctx): Promise<void> {
  const { rows } = await ctx.chatDb.execute<Facts>(sql`
    SELECT current_setting('synchronous_commit') AS commits, current_setting('fsync') AS fsync,
      (SELECT relkind = 'p' FROM pg_class WHERE oid = 'messages'::regclass) AS partitioned`);
  const [facts] = rows;
  if (facts === undefined) return;
  requireKeeping(ctx, 'The chat database', facts);
  if (facts.partitioned === ctx.config.chatDistributed) {
    const layout = facts.partitioned ? 'partitioned on one machine' : 'distributed';
    throw new Error(
      `The chat database is ${layout}, CHAT_DISTRIBUTED says otherwise. It decides once, at the first migration: set it as it was then.`,
    );
  }
  if (ctx.config.chatDistributed) await checkWorkers(ctx);
}

function requireKeeping(ctx: Ctx, name: string, { commits, fsync }: Keeping): void {
  if (commits === 'off') {
    throw new Error(`${name} has synchronous_commit off: it would confirm messages that a crash can lose. Turn it on.`);
  }
  if (fsync === 'off') ctx.log.warn(`${name} has fsync off: a crash of its machine loses messages.`);
}

const asked = `SELECT current_setting('synchronous_commit') || ' ' || current_setting('fsync')`;

/** The messages are there, and what the coordinator is set to says nothing of it. One that is away is as a database that is away later. */
async function checkWorkers(ctx: Ctx): Promise<void> {
  const { rows } = await ctx.chatDb.execute<{ worker: string; success: boolean; result: string }>(
    sql`SELECT nodename || ':' || nodeport AS worker, success, result FROM run_command_on_workers(${asked})`,
  );
  for (const { worker, success, result } of rows) {
    const [commits = '', fsync = ''] = result.split(' ');
    if (success) requireKeeping(ctx, `The worker ${worker} of the chat database`, { commits, fsync });
    else ctx.log.warn({ worker }, 'a worker of the chat database does not answer');
  }
}
