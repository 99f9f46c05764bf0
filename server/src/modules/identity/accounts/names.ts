import { inArray } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { accounts } from '../tables.ts';
import { nameOf } from './account.ts';

/** Ids → what the people are called; who is gone is 'Deleted account'. */
export async function namesOf(ctx: Ctx, ids: readonly string[]): Promise<Map<string, string>> {
  const unique = [...new Set(ids)];
  if (unique.length === 0) return new Map();
  const rows = await ctx.db
    .select({ id: accounts.id, fullName: accounts.fullName })
    .from(accounts)
    .where(inArray(accounts.id, unique));
  const found = new Map(rows.map((row) => [row.id, nameOf(row)]));
  return new Map(unique.map((id) => [id, found.get(id) ?? nameOf({ fullName: null })]));
}
