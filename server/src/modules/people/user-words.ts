import { sql } from 'drizzle-orm';
import type { Db } from '#platform/database/connect.ts';
import { escapeLike } from '#platform/database/escape-like.ts';

/** What was typed, as `search_key` has it: words of names and addresses, and where an address is (`@example.org`). */
export type Words = readonly string[];

/** So few letters begin too many words to be looked up. */
const vagueLetters = 2;

/** @returns null if nothing of it is a letter or digit: nobody is called so. */
export async function readWords(db: Db, typed: string): Promise<Words | null> {
  const parts = typed.split(/\s+/).map((part) => part.split(/@(.*)/s));
  const { rows } = await db.execute<{ text: string }>(
    sql`SELECT plain_text(${parts.map(([text = '']) => text).join(' ')}) AS text`,
  );
  const places = parts.flatMap(([, place]) => (place === undefined || place === '' ? [] : [`@${place.toLowerCase()}`]));
  const words = [...(rows[0]?.text ?? '').split(' ').filter((word) => word !== ''), ...places];
  return words.length === 0 ? null : [...new Set(words)];
}

/** Each has to be found in `search_key` (LIKE): every word begins one. */
export function wordPatterns(words: Words): string[] {
  return words.map((word) => `% ${escapeLike(word)}%`);
}

/**
 * What the index of terms has of them, as tsqueries, the better one first; none where that would name too many. For each word the index gathers all
 * that begin so: the longest, which is the rarest as a rule, is asked for alone, and only where it names too many with the others. Where somebody's address
 * is does not tell who, so it is looked up alone only.
 */
export function wordTerms(words: Words): string[] {
  const names = words.filter((word) => !word.startsWith('@') && [...word].length > vagueLetters);
  const telling =
    names.length > 0 ? names : words.filter((word) => word.startsWith('@') && [...word].length > vagueLetters);
  const [longest, ...others] = telling
    .toSorted((one, other) => other.length - one.length)
    .map((word) => `${quoted(word)}:*`);
  if (longest === undefined) return [];
  return others.length === 0 ? [longest] : [longest, [longest, ...others].join(' & ')];
}

/** A lexeme as tsquery takes it. */
function quoted(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, (character) => character.repeat(2))}'`;
}
