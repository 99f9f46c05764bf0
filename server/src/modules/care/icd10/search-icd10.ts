import type { searchIcd10 as contract, InputOf, ReplyOf } from '@openward/contracts';
import { type SQL, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { icd10Codes } from '../tables.ts';
import { findEdition, plain } from './edition.ts';

const shown = 20;
/** So many titles are sorted by their length; of a word that more have, any. */
const looked = 500;
const maxWords = 6;

/** Codes by their beginning, or by words of their titles. Both along an index, whatever is typed. */
export async function searchIcd10(ctx: Ctx, { q = '' }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const edition = await findEdition(ctx);
  const which = edition === null ? null : conditionOf(q);
  if (which === null) return { edition: edition?.name ?? null, items: [] };
  const { rows } = await ctx.db.execute<{ code: string; title: string }>(sql`
    SELECT code, title FROM (SELECT code, title FROM ${icd10Codes} WHERE ${which.where} ${which.first} LIMIT ${looked}) AS found
    ORDER BY ${which.order} LIMIT ${shown}`);
  return { edition: edition?.name ?? null, items: rows.map(({ code, title }) => ({ code, title })) };
}

function conditionOf(q: string): { where: SQL; first: SQL; order: SQL } | null {
  const [, category, rest = ''] = /^([A-Za-z][0-9][0-9A-Za-z]?)\.?([0-9A-Za-z]{0,4})$/.exec(q.trim()) ?? [];
  if (category !== undefined) {
    const prefix = (rest === '' ? category : `${category}.${rest}`).toUpperCase();
    const inOrder = sql`code COLLATE "C"`;
    return { where: sql`code LIKE ${`${prefix}%`}`, first: sql`ORDER BY code USING ~<~`, order: inOrder };
  }
  const words = plain(q).match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length === 0) return null;
  const query = words
    .slice(0, maxWords)
    .map((word) => `${word}:*`)
    .join(' & ');
  return {
    where: sql`words @@ to_tsquery('simple', ${query})`,
    first: sql``,
    order: sql`length(title), code COLLATE "C"`,
  };
}
