import { sql } from 'drizzle-orm';
import { invalidField } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { icd10Codes } from '../tables.ts';
import { findEdition } from './edition.ts';

const named = 5;

/**
 * A code as it is kept: in capitals. Where a table of codes was imported, one of that table: what is not in it is a slip of the
 * hand more often than a code that the table lacks.
 * @throws Problem 400 that names the nearest codes.
 */
export async function knownCode(ctx: Ctx, typed: string | undefined): Promise<string | null> {
  if (typed === undefined) return null;
  const code = typed.toUpperCase();
  const [found] = await ctx.db
    .select({ code: icd10Codes.code })
    .from(icd10Codes)
    .where(sql`${icd10Codes.code} = ${code}`);
  if (found !== undefined) return code;
  const edition = await findEdition(ctx);
  if (edition === null) return code;
  const near = await nearest(ctx, code);
  throw invalidField(
    'icd10',
    'unknown-code',
    `${code} is not in ${edition.name}. ${near.length === 0 ? 'Look for it by its title' : `The nearest are ${near.join(', ')}`}, or leave it out.`,
  );
}

/** Those that begin as the code does, for as long as any do. */
async function nearest(ctx: Ctx, code: string): Promise<string[]> {
  for (let length = code.length; length > 0; length -= 1) {
    const prefix = code.slice(0, length);
    if (prefix.endsWith('.')) continue;
    const rows = await ctx.db
      .select({ code: icd10Codes.code })
      .from(icd10Codes)
      .where(sql`${icd10Codes.code} LIKE ${`${prefix}%`}`)
      .orderBy(sql`${icd10Codes.code} COLLATE "C"`)
      .limit(named);
    if (rows.length > 0) return rows.map((row) => row.code);
  }
  return [];
}
