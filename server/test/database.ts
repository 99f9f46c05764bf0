import { type SQL, sql } from 'drizzle-orm';
import type { Ctx } from '../src/context.ts';
import { eventually } from './harness.ts';

/** Rows straight out of the main database, past every use case: what really is stored. */
export async function rowsOf<T extends Record<string, unknown>>(ctx: Ctx, query: SQL): Promise<T[]> {
  const { rows } = await ctx.db.execute(query);
  return rows as T[];
}

/** How many rows a query of one `count(*) AS n` finds. */
export async function countOf(ctx: Ctx, query: SQL): Promise<number> {
  const [row] = await rowsOf<{ n: string }>(ctx, query);
  return Number(row?.n ?? 0);
}

/** The kinds of security events of an account, oldest first. */
export async function eventsOf(ctx: Ctx, accountId: string): Promise<string[]> {
  const rows = await rowsOf<{ kind: string }>(
    ctx,
    sql`SELECT kind FROM security_events WHERE account_id = ${accountId} ORDER BY at, id`,
  );
  return rows.map(({ kind }) => kind);
}

/** Waits until every job that is due has run: after that, a mail that is not there will not come. */
export async function jobsAreDone(ctx: Ctx): Promise<void> {
  await eventually('no job is due', async () => {
    const due = sql`SELECT count(*) AS n FROM jobs.job WHERE state IN ('created', 'retry', 'active') AND start_after <= now()`;
    return (await countOf(ctx, due)) === 0;
  });
}

/** Whether a session has not been ended. */
export async function sessionIsLive(ctx: Ctx, sessionId: string): Promise<boolean> {
  return (
    (await countOf(ctx, sql`SELECT count(*) AS n FROM sessions WHERE id = ${sessionId} AND ended_at IS NULL`)) === 1
  );
}
