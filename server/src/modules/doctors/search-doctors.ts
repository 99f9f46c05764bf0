import type { listDoctors as contract, InputOf, ReplyOf } from '@openward/contracts';
import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '#platform/database/connect.ts';
import { decodeCursor, encodeCursor } from '#platform/database/cursor.ts';
import { firstPageSize } from '#server/cache-policies.ts';
import type { Ctx } from '#server/context.ts';
import { type Order, orders } from './doctor-orders.ts';
import { type Forgiving, type NameSearch, quoted, searchName } from './name-search.ts';
import { doctors } from './tables.ts';
import { rarestOf, type Share } from './term-shares.ts';
import { doctorView } from './view.ts';
import { type Found, type From, gather, type Met, type Search, walk } from './walk-doctors.ts';

type Input = InputOf<typeof contract>;

/**
 * Doctors looked at along the order: first; then twice as many as `near`, if as many as are missing should be met within `near`; and at the end,
 * where those who fit are too many to be fetched by the index of terms instead. Names are seldom so rare that to stop early
 * pays, and those that may be misspelt are compared letter by letter, which takes longer.
 */
const steps = {
  plain: { first: 1_000, near: 4_000, more: 100_000 },
  name: { first: 4_000, near: 0, more: 100_000 },
  slips: { first: 2_000, near: 0, more: 20_000 },
};
/** So many who fit are fetched and sorted at most: more of them are met along the order. */
const mostGathered = 5_000;

/**
 * A page of those who fit all filters. However many doctors there are, it looks at a bounded number of them: along the order, where those who fit are
 * many, and in the index of what they are looked for by, where they are few. What a page has not found within its bounds
 * is left to the next, which goes on where this one stopped.
 */
export async function searchDoctors(ctx: Ctx, input: Input): Promise<ReplyOf<typeof contract>> {
  const { sort = 'rating', limit = firstPageSize } = input;
  const order = orders[sort];
  const { level, after } = readCursor(input, order);
  const words = await readPlain(ctx.db, input);
  if (words === null) return { items: [], nextCursor: null };
  const name = words.q === undefined ? null : searchName(words.q);
  const terms = termsOf({ ...input, ...words });
  const city = await smallCity(ctx.db, words);
  const searches = searchesOf({ ...input, ...words }, { name, order, terms, city: city?.key ?? null });
  const rarest = await rarestOf(ctx.db, terms);
  const rows: { level: number; row: Met }[] = [];
  let stoppedAt: { level: number; row: Met } | null = null;
  for (const [at, search] of searches.entries()) {
    if (at < level || rows.length > limit || stoppedAt !== null) continue;
    const areFew = rarest.doctors <= mostGathered && areSeldom(rarest, search.steps, limit);
    const atOnce = areFew || (city !== null && areCloser(city.share, limit));
    const found = await find(ctx.db, { ...search, atOnce }, at === level ? after : null, limit + 1 - rows.length);
    rows.push(...found.rows.map((row) => ({ level: at, row })));
    if (found.stoppedAt !== null) stoppedAt = { level: at, row: found.stoppedAt };
  }
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : stoppedAt;
  const now = ctx.clock.now();
  return {
    items: items.map(({ row }) => doctorView(row, now)),
    nextCursor: last == null ? null : cursorOf(last, order, name),
  };
}

type After = readonly [value: string | number, id: string] | null;

/** Whoever fits as typed stands before who does with a slip: with a name the cursor says which of the two it is in. */
function readCursor({ q, cursor }: Input, order: Order): { level: number; after: After } {
  if (q === undefined) return { level: 0, after: decodeCursor(cursor, [order.kind, 'id']) };
  const keys = decodeCursor(cursor, ['integer', order.kind, 'id']);
  return keys === null ? { level: 0, after: null } : { level: keys[0], after: [keys[1], keys[2]] };
}

function cursorOf({ level, row }: { level: number; row: Met }, order: Order, name: NameSearch | null): string {
  return encodeCursor([...(name === null ? [] : [level]), row[order.key], row.accountId]);
}

type Asked = { name: NameSearch | null; order: Order; terms: readonly string[]; city: string | null };
type Plain = { q?: string; country?: string; city?: string };

/** What was typed, as the table has it. @returns null if something has no letter or digit: nobody is called so. */
async function readPlain(db: Db, { q, country, city }: Input): Promise<Plain | null> {
  const given = Object.entries({ q, country, city }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  if (given.length === 0) return {};
  const { rows } = await db.execute<{ text: string }>(
    sql`SELECT plain_text(given) AS text FROM unnest(${sql.param(given.map(([, text]) => text))}::text[]) WITH ORDINALITY AS typed (given, n) ORDER BY n`,
  );
  const plain = given.map(([name], index) => [name, rows[index]?.text ?? ''] as const);
  return plain.some(([, text]) => text === '') ? null : Object.fromEntries(plain);
}

/** The city, if all its doctors are few enough to be fetched; by the statistics, that is: should they be more, the lists walk. */
async function smallCity(db: Db, { city }: Plain): Promise<{ key: string; share: Share } | null> {
  if (city === undefined) return null;
  const share = await rarestOf(db, termsOf({ city }));
  return share.doctors <= mostGathered ? { key: city, share } : null;
}

/**
 * What is looked for, in turn: as typed, and then, if that makes sense, with slips. Sorted by name, first come the names that begin with what was typed:
 * they stand together, and would otherwise lie anywhere between those that have it further on.
 */
function searchesOf(input: Input, { name, order, terms, city }: Asked): Search[] {
  const path = pathOf(input);
  const filters = filtersOf(input);
  if (name === null) return [{ order, path, fits: filters, terms: joined(terms, []), city, steps: steps.plain }];
  const exact = name.exact.map((pattern) => sql`${doctors.nameKey} LIKE ${pattern}`);
  const asTyped = {
    order,
    path,
    fits: [...filters, ...exact],
    terms: joined(terms, name.exactTerms),
    city,
    steps: steps.name,
  };
  const searches = inTwo(asTyped, input, name.beginning);
  if (name.forgiving === null) return searches;
  const near = name.forgiving.map(fitsWithSlip);
  const others = sql`NOT (${sql.join(exact, sql` AND `)})`;
  const withSlips = {
    fits: [...filters, ...near, others],
    terms: joined(terms, name.forgivingTerms),
    city,
    steps: steps.slips,
  };
  return [...searches, ...inTwo({ order, path, ...withSlips }, input, name.vagueBeginning)];
}

/** The regular expression takes most of a search's time: it is tried where a part of the word is there as it was typed. */
function fitsWithSlip({ pattern, parts }: Forgiving): SQL {
  const exactly = sql`${doctors.nameKey} ~ ${pattern}`;
  return sql`(${doctors.nameKey} LIKE ANY (${sql.param(parts)}::text[]) AND ${exactly})`;
}

/** Sorted by name: those that begin so, then the others. */
function inTwo(search: Search, { sort }: Input, beginning: string): Search[] {
  if (sort !== 'name') return [search];
  const first = sql`${doctors.nameKey} LIKE ${beginning}`;
  return [
    { ...search, path: [...search.path, first], fits: [...search.fits, first] },
    { ...search, fits: [...search.fits, sql`NOT ${first}`] },
  ];
}

/** Which of the indexes is walked along: conditions as they stand in them. */
function pathOf({ specialty, minRating = 0, sort = 'rating' }: Input): SQL[] {
  const listed = sql`${doctors.listed}`;
  if (sort === 'newest' && minRating > 0) return [listed, sql`${doctors.ratingAverage} IS NOT NULL`];
  if (sort !== 'rating') return [listed];
  if (minRating === 5) return [listed, sql`${doctors.ratingAverage} = 5`];
  return specialty === undefined ? [listed] : [listed, sql`${doctors.specialty} = ${specialty}`];
}

function filtersOf({ specialty, language, country, city, accepting, minRating = 0 }: Input): SQL[] {
  return [
    ...(specialty === undefined ? [] : [sql`${doctors.specialty} = ${specialty}`]),
    ...(language === undefined ? [] : [sql`${language.toLowerCase()} = ANY (${doctors.languages})`]),
    ...(country === undefined ? [] : [sql`${doctors.countryKey} = ${country}`]),
    ...(city === undefined ? [] : [sql`${doctors.cityKey} = ${city}`]),
    ...(accepting === undefined ? [] : [sql`${doctors.acceptingRequests} = ${accepting}`]),
    ...(minRating === 0 ? [] : [sql`${doctors.ratingAverage} >= ${minRating}::float8`]),
  ];
}

/** The averages that `doctor_terms` names. */
const averages = [5, 4.5, 4, 3.5, 3];

export function termsOf({ specialty, language, country, city, minRating = 0 }: Input): string[] {
  const average = averages.find((step) => step <= minRating);
  return [
    ...(specialty === undefined ? [] : [`=specialty ${specialty}`]),
    ...(language === undefined ? [] : [`=language ${language.toLowerCase()}`]),
    ...(country === undefined ? [] : [`=country ${country}`]),
    ...(city === undefined ? [] : [`=city ${city}`]),
    ...(average === undefined ? [] : [`=rating ${average}`]),
  ];
}

/** One tsquery of all, or null where there is nothing that the index of terms would find. */
function joined(filters: readonly string[], names: NameSearch['exactTerms']): string | null {
  const telling = [...filters.map(quoted), ...names.filter(({ vague }) => !vague).map(({ text }) => text)];
  const all = telling.length > 0 ? telling : names.map(({ text }) => text);
  return all.length === 0 ? null : all.join(' & ');
}

/** @param search `atOnce`: those who fit are fetched before anybody is looked at along the order. */
async function find(db: Db, search: Search & { atOnce: boolean }, after: After, limit: number): Promise<Found> {
  const { atOnce, steps } = search;
  const from = { ...search, after: after === null ? null : search.order.after(...after), limit };
  const gatherFew = () => gather(db, from, mostGathered);
  const fetched = atOnce ? await gatherFew() : null;
  if (fetched !== null) return fetched;
  const first = await walk(db, from, steps.first);
  const nearest = liesNear(first, from) ? await walkOn(db, from, first, 2 * steps.near) : first;
  if (isDone(nearest, limit)) return nearest;
  const few = atOnce ? null : await gatherFew();
  return few ?? walkOn(db, from, nearest, steps.more);
}

/** Whether those who fit are met so seldom that the first look would hardly end in a full page, nor tell that one is near. */
export const areSeldom = ({ part }: Share, { first, near }: Search['steps'] = steps.plain, limit = firstPageSize) =>
  part * (first + near) < limit;

/** Whether it takes fewer steps to fetch all of these than to meet a page of them: both is done within an index. */
const areCloser = ({ part, doctors }: Share, limit: number) => doctors <= limit / part;

const isDone = ({ rows, stoppedAt }: Found, limit: number) => stoppedAt === null || rows.length >= limit;

/** Whether whoever is missing should be met soon, if they lie on as they lay until now. */
function liesNear(found: Found, { limit, steps: { first, near } }: From): boolean {
  const { length } = found.rows;
  return !isDone(found, limit) && length > 0 && ((limit - length) / length) * first <= near;
}

async function walkOn(db: Db, from: From, { rows, stoppedAt }: Found, most: number): Promise<Found> {
  if (stoppedAt === null) return { rows, stoppedAt };
  const after = from.order.after(stoppedAt[from.order.key], stoppedAt.accountId);
  const found = await walk(db, { ...from, after, limit: from.limit - rows.length }, most);
  return { rows: [...rows, ...found.rows], stoppedAt: found.stoppedAt };
}
