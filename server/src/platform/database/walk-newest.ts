import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Db } from './connect.ts';

/** A list that is read newest first. */
export type Walk = {
  /** Or tables that are joined. */
  table: PgTable | SQL;
  at: PgColumn;
  id: PgColumn;
  /** Conditions that an index has, in whose order the list is walked along. */
  path: (SQL | undefined)[];
  /** The others. */
  fits: (SQL | undefined)[];
  after: readonly [at: string, id: string] | null;
};

type Place = [at: string, id: string];

/** `stoppedAt`: the last that was looked at, where there may be more behind; null at the end. */
export type Walked = { ids: string[]; stoppedAt: Place | null };

/** All of some conditions, those left out that are undefined. */
export function allOf(conditions: readonly (SQL | undefined)[]): SQL {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 0 ? sql`true` : sql.join(given, sql` AND `);
}

/** Behind a cursor, newest first. */
export function behind({ at, id, after }: Pick<Walk, 'at' | 'id' | 'after'>): SQL | undefined {
  return after === null ? undefined : sql`(${at}, ${id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`;
}

/**
 * Looks along a list until so many that fit are found, or so many steps are done: what a page costs is bounded, however long the list is and however
 * few of it fit.
 */
export async function walkNewest(
  db: Db,
  walk: Walk,
  { limit, steps }: { limit: number; steps: number },
): Promise<Walked> {
  const { table, at, id, path, fits } = walk;
  // Written out: with a parameter the plan would be made for any number of steps.
  const most = sql.raw(String(steps));
  const order = sql`${at} DESC, ${id} DESC`;
  const { rows } = await db.execute<{ id: string; at: string; fits: boolean; last: boolean }>(sql`
    SELECT id, at, fits, step = ${most} AS last FROM (
      SELECT * FROM (
        SELECT ${id} AS id, ${at} AS at, coalesce(${allOf(fits)}, false) AS fits, row_number() OVER (ORDER BY ${order}) AS step
        FROM ${table} WHERE ${allOf([...path, behind(walk)])} ORDER BY ${order} LIMIT ${most}
      ) AS looked_at WHERE fits OR step = ${most} LIMIT ${limit}
    ) AS found ORDER BY step`);
  const last = rows.find((row) => row.last);
  return {
    ids: rows.filter((row) => row.fits).map((row) => row.id),
    stoppedAt: last === undefined ? null : [new Date(last.at).toISOString(), last.id],
  };
}
