import { sql } from 'drizzle-orm';
import type { Db } from '#platform/database/connect.ts';

/** Which part of all doctors have something, and how many that is. */
export type Share = { part: number; doctors: number };

const everybody: Share = { part: 1, doctors: Number.POSITIVE_INFINITY };
/** PostgreSQL itself counts anew when a fiftieth of the doctors have changed. */
const keptMs = 600_000;

type Known = { doctors: number; parts: ReadonlyMap<string, number>; others: number };

const kept = new WeakMap<Db, { known: Promise<Known>; untilMs: number }>();

/** How many have the rarest of these terms of `doctor_terms`, by PostgreSQL's statistics: a guess to begin with, that nothing may rest on. */
export async function rarestOf(db: Db, terms: readonly string[]): Promise<Share> {
  if (terms.length === 0) return everybody;
  const { doctors, parts, others } = await knownOf(db);
  const part = Math.min(...terms.map((term) => parts.get(term) ?? others));
  return part === 1 ? everybody : { part, doctors: part * doctors };
}

function knownOf(db: Db): Promise<Known> {
  const found = kept.get(db);
  if (found !== undefined && performance.now() < found.untilMs) return found.known;
  const known = read(db);
  kept.set(db, { known, untilMs: performance.now() + keptMs });
  known.catch(() => kept.delete(db));
  return known;
}

/**
 * The thousand most frequent terms, of which those are kept that filters name; whatever is not among them is taken for half as frequent as the rarest of
 * them, as PostgreSQL's planner does. Where nothing was counted yet, or may not be seen, all are taken to be frequent.
 */
async function read(db: Db): Promise<Known> {
  const { rows } = await db.execute<{
    doctors: number;
    parts: Record<string, number> | null;
    least: number | null;
  }>(sql`
    SELECT (SELECT reltuples::float8 FROM pg_class WHERE oid = 'doctors'::regclass) AS doctors,
      jsonb_object_agg(term, part) FILTER (WHERE starts_with(term, '=')) AS parts, min(part)::float8 AS least
    FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS known (term, part)
    WHERE schemaname = current_schema() AND tablename = 'doctors_by_terms' AND term IS NOT NULL`);
  const { doctors = 0, parts = null, least = null } = rows[0] ?? {};
  return { doctors, parts: new Map(Object.entries(parts ?? {})), others: least === null ? 1 : least / 2 };
}
