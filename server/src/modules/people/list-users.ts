import type { listUsers as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, desc, eq, sql } from 'drizzle-orm';
import { decodeCursor, encodeCursor } from '#platform/database/cursor.ts';
import type { Ctx } from '#server/context.ts';
import { accounts, accountView, banIsRunning, bans } from '#server/modules/identity/index.ts';
import { findUsers } from './find-users.ts';
import { readWords } from './user-words.ts';

/** The accounts, newest first. A page may be short: `nextCursor` says whether there is more. */
export async function listUsers(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { q, limit = 20, cursor, ...filters } = input;
  const after = decodeCursor(cursor, ['time', 'id']);
  return ctx.reading(async ({ db }) => {
    const words = q === undefined ? null : await readWords(db, q);
    if (q !== undefined && words === null) return { items: [], nextCursor: null };
    const { ids, stoppedAt } = await findUsers(db, { ...filters, words }, after, limit + 1);
    const shown = ids.slice(0, limit);
    const rows = await db
      .select({ account: accounts, ban: bans })
      .from(accounts)
      .leftJoin(bans, and(eq(bans.accountId, accounts.id), banIsRunning))
      .where(sql`${accounts.id} = ANY(${sql.param(shown)}::uuid[])`)
      .orderBy(desc(accounts.createdAt), desc(accounts.id));
    const last = rows.at(-1)?.account;
    const full = ids.length > limit && last !== undefined ? [last.createdAt, last.id] : stoppedAt;
    return { items: rows.map(accountView), nextCursor: full === null ? null : encodeCursor(full) };
  });
}
