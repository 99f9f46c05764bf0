import type { Ctx } from '#server/context.ts';
import { icd10Edition } from '../tables.ts';

export type Edition = typeof icd10Edition.$inferSelect;

/** What was imported last, or null: then any code of the right form is taken. */
export async function findEdition(ctx: Ctx): Promise<Edition | null> {
  const [edition] = await ctx.db.select().from(icd10Edition);
  return edition ?? null;
}

/** Letters as they are searched for: small, without accents. */
export function plain(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
