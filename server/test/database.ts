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

/** How many calls wait for a row or table that somebody else holds. Not within a transaction, which would see the same each time. */
export function callsThatWait(ctx: Ctx): Promise<number> {
  return countOf(
    ctx,
    sql`SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
}

/**
 * Makes these calls while an account, or whatever a statement locks, is held by somebody else, each once those before wait for a lock, and lets go of it.
 * @returns what they answered, and how many transactions were broken off since two waited for each other: tried again, so that no
 *   answer says so.
 */
export async function callsInLine<T>(
  ctx: Ctx,
  held: string | SQL,
  calls: readonly (() => Promise<T>)[],
): Promise<{ answers: T[]; deadlocks: number }> {
  const deadlocks = sql`SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()`;
  const before = await countOf(ctx, deadlocks);
  const called: Promise<T>[] = [];
  await ctx.tx(async ({ db }) => {
    await db.execute(
      typeof held === 'string' ? sql`SELECT 1 FROM accounts WHERE id = ${held} FOR NO KEY UPDATE` : held,
    );
    for (const call of calls) {
      called.push(call());
      await eventually('the call waits', async () => (await callsThatWait(ctx)) === called.length);
    }
  });
  return { answers: await Promise.all(called), deadlocks: (await countOf(ctx, deadlocks)) - before };
}
