import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '#platform/database/connect.ts';
import type { Order } from './doctor-orders.ts';
import { doctors } from './tables.ts';
import { type DoctorRow, shownColumns } from './view.ts';

export type Search = {
  order: Order;
  /** Conditions of the index that is walked along. */
  path: SQL[];
  /** The others; all are on what the indexes include. */
  fits: SQL[];
  /** What the index of terms has of them, as a tsquery, or null. */
  terms: string | null;
  /** Where this is one of few doctors, the index of cities has them. */
  city: string | null;
  /** How many are looked at. */
  steps: { first: number; near: number; more: number };
};

/** What is shown, and what a cursor may hold. */
const readColumns = { ...shownColumns, nameKey: doctors.nameKey, createdAt: doctors.createdAt };
export type Met = Pick<DoctorRow, keyof typeof readColumns>;

/** `stoppedAt`: the last who was looked at, where there may be more behind; null at the end. */
export type Found = { rows: Met[]; stoppedAt: Met | null };

export type From = Search & { after: SQL | null; limit: number };

const all = (conditions: SQL[]) => (conditions.length === 0 ? sql`true` : sql.join(conditions, sql` AND `));

/**
 * Looks along an order, within its index, until enough who fit are found or so many have been looked at. The rows themselves are
 * read at the end, for those who are shown.
 */
export async function walk(db: Db, { order, path, fits, after, limit }: From, steps: number): Promise<Found> {
  const { by } = order;
  const lookedAt = sql`
    SELECT ${doctors.accountId}, coalesce(${all(fits)}, false) AS fits, row_number() OVER (ORDER BY ${by}) AS step
    FROM ${doctors} WHERE ${all(after === null ? path : [...path, after])} ORDER BY ${by} LIMIT ${sql.raw(String(steps))}`;
  const found = await db
    .select({ row: readColumns, fits: sql<boolean>`page.fits`, step: sql<number>`page.step::int` })
    .from(
      sql`(SELECT * FROM (${lookedAt}) AS looked_at WHERE fits OR step = ${sql.raw(String(steps))} LIMIT ${limit}) AS page`,
    )
    .innerJoin(doctors, sql`${doctors.accountId} = page.account_id`)
    .orderBy(sql`page.step`);
  return {
    rows: found.filter((one) => one.fits).map(({ row }) => row),
    stoppedAt: found.find(({ step }) => step === steps)?.row ?? null,
  };
}

/** Fetches whoever is in the city, or has the terms, and sorts them. @returns null if they are too many for that, or no index has them. */
export async function gather(db: Db, from: From, most: number): Promise<Found | null> {
  const { order, fits, after, limit } = from;
  const few = fewOf(from);
  if (few === null) return null;
  const { value, direction } = order;
  const conditions = all(after === null ? fits : [...fits, after]);
  const by = sql`value ${direction}, account_id ${direction}`;
  const fetched = sql`
    SELECT ${doctors.accountId}, ${value} AS value, ${conditions} AS fits FROM ${doctors}
    WHERE ${doctors.listed} AND ${few} LIMIT ${sql.raw(String(most + 1))}`;
  const found = await db
    .select({ row: readColumns, total: sql<number>`page.total` })
    .from(
      sql`(WITH fetched AS MATERIALIZED (${fetched})
        SELECT * FROM (SELECT count(*)::int AS total FROM fetched) AS counted
        LEFT JOIN LATERAL (SELECT * FROM fetched WHERE fits ORDER BY ${by} LIMIT ${limit}) AS fitting ON true) AS page`,
    )
    .leftJoin(doctors, sql`${doctors.accountId} = page.account_id`)
    .orderBy(sql`page.value ${direction}, page.account_id ${direction}`);
  if ((found[0]?.total ?? 0) > most) return null;
  return { rows: found.flatMap(({ row }) => row ?? []), stoppedAt: null };
}

function fewOf({ city, terms }: Search): SQL | null {
  if (city !== null) return sql`${doctors.cityKey} = ${city}`;
  return terms === null ? null : sql`${termsOfDoctor} @@ ${terms}::tsquery`;
}

/** As it stands in the index. */
const termsOfDoctor = sql`doctor_terms(${sql.join(
  [
    doctors.nameKey,
    doctors.specialty,
    doctors.languages,
    doctors.countryKey,
    doctors.cityKey,
    doctors.ratingAverage,
  ].map((column) => sql`${column}`),
  sql`, `,
)})`;
