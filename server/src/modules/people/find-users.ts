import type { listUsers as contract, InputOf } from '@openward/contracts';
import { and, eq, exists, gte, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Db } from '#platform/database/connect.ts';
import { allOf, behind, type Walk, type Walked, walkNewest } from '#platform/database/walk-newest.ts';
import { doctors } from '#server/modules/doctors/index.ts';
import { accounts, banAppeals, banIsRunning, bans } from '#server/modules/identity/index.ts';
import { type Words, wordPatterns, wordTerms } from './user-words.ts';

type Filters = Omit<InputOf<typeof contract>, 'q' | 'limit' | 'cursor'> & { words: Words | null };

/** As in the directory: accounts looked at along the list before those who fit are fetched instead, and where these are too many for that. */
const steps = { first: 1_000, more: 100_000 };
const mostGathered = 5_000;

/**
 * The accounts that fit all filters, newest first. It looks at a bounded number of them, however many there are: along the list, where those who fit
 * are many, and by whatever finds a few of them else.
 */
export async function findUsers(db: Db, filters: Filters, after: Walk['after'], limit: number): Promise<Walked> {
  const walk = { ...wayOf(filters), fits: fitsOf(db, filters), after };
  const { rare, others } = sourcesOf(filters);
  const few = await gatherFrom(db, walk, rare, limit);
  if (few !== null) return few;
  const near = await walkNewest(db, walk, { limit, steps: steps.first });
  if (near.stoppedAt === null || near.ids.length >= limit) return near;
  return (await gatherFrom(db, walk, others, limit)) ?? walkNewest(db, walk, { limit, steps: steps.more });
}

/** @returns null where each of these names too many. */
async function gatherFrom(db: Db, walk: Walk, sources: SQL[], limit: number): Promise<Walked | null> {
  for (const source of sources) {
    const few = await gather(db, walk, source, limit);
    if (few !== null) return few;
  }
  return null;
}

/** What is walked along, with the conditions that its index has. */
function wayOf({ role, status, specialty, createdFrom, createdTo }: Filters): Way {
  const only = specialty === undefined ? role : 'doctor';
  const accountsWhere = (path: SQL | undefined): Way => ({
    table: accounts,
    at: accounts.createdAt,
    id: accounts.id,
    path: [path],
  });
  const ways: Partial<Record<string, Way>> = {
    deleted: accountsWhere(isNotNull(accounts.deletedAt)),
    'pending-approval': accountsWhere(and(unapproved, isNull(accounts.deletedAt))),
    banned: {
      table: sql`${bans} JOIN ${accounts} ON ${accounts.id} = ${bans.accountId}`,
      at: bans.accountCreatedAt,
      id: bans.accountId,
      path: [isNull(bans.liftedAt)],
    },
  };
  const way = ways[status ?? ''] ?? accountsWhere(only === undefined ? undefined : eq(accounts.role, only));
  const span = [
    createdFrom === undefined ? undefined : gte(way.at, createdFrom),
    createdTo === undefined ? undefined : lt(way.at, createdTo),
  ];
  return { ...way, path: [...way.path, ...span] };
}

type Way = Pick<Walk, 'table' | 'at' | 'id' | 'path'>;

const unapproved = and(eq(accounts.role, 'doctor'), isNull(accounts.approvedAt));

function fitsOf(db: Db, { role, status, words, specialty, appeal }: Filters): (SQL | undefined)[] {
  // As a value, which is looked up row by row. Of a NOT EXISTS PostgreSQL would gather everybody who is banned.
  const banned = sql`(SELECT true FROM ${bans} WHERE ${bans.accountId} = ${accounts.id} AND ${banIsRunning} LIMIT 1)`;
  const living = isNull(accounts.deletedAt);
  return [
    role === undefined ? undefined : eq(accounts.role, role),
    // In the order in which `statusOf` decides.
    status === 'banned' ? and(living, running) : undefined,
    status === 'pending-approval' || status === 'active' ? sql`${banned} IS NULL` : undefined,
    status === 'active' ? and(living, sql`NOT (${unapproved})`) : undefined,
    specialty === undefined ? undefined : exists(doctorOf(db, specialty)),
    appeal === undefined ? undefined : sql`${accounts.id} IN (${appealing})`,
    ...(words === null ? [] : wordPatterns(words).map((pattern) => sql`${accounts.searchKey} LIKE ${pattern}`)),
  ];
}

function doctorOf(db: Db, specialty: string) {
  return db
    .select({ one: sql`1` })
    .from(doctors)
    .where(and(eq(doctors.accountId, accounts.id), eq(doctors.specialty, specialty)));
}

const running = or(isNull(bans.until), sql`${bans.until} > now()`);
const appealing = sql`SELECT ${bans.accountId} FROM ${banAppeals} JOIN ${bans} ON ${bans.id} = ${banAppeals.banId}
  WHERE ${banAppeals.answeredAt} IS NULL AND ${bans.liftedAt} IS NULL AND ${running}`;

/**
 * By what else they can be found, each the ids of all who fit one filter. `rare`: usually so few that looking along the list first would be in vain.
 */
function sourcesOf({ words, specialty, appeal }: Filters): { rare: SQL[]; others: SQL[] } {
  const named = (words === null ? [] : wordTerms(words)).map(
    (terms) =>
      sql`SELECT ${accounts.id} FROM ${accounts} WHERE account_terms(${accounts.searchKey}) @@ ${terms}::tsquery`,
  );
  const ofSpecialty = sql`SELECT ${doctors.accountId} FROM ${doctors} WHERE ${doctors.specialty} = ${specialty}`;
  return {
    rare: appeal === undefined ? [] : [appealing],
    others: [...named, ...(specialty === undefined ? [] : [ofSpecialty])],
  };
}

/** Fetches all of a source and sorts who fits. @returns null if they are too many for that. */
async function gather(db: Db, walk: Walk, source: SQL, limit: number): Promise<Walked | null> {
  const { table, at, id, path, fits } = walk;
  // OFFSET 0: one by one by their keys, however many PostgreSQL expects. Else it may read all accounts instead.
  const fitting = sql`SELECT fitting.* FROM fetched CROSS JOIN LATERAL (
      SELECT ${id} AS id, ${at} AS at FROM ${table} WHERE ${id} = fetched.id AND ${allOf([...path, ...fits, behind(walk)])} OFFSET 0
    ) AS fitting ORDER BY at DESC, id DESC LIMIT ${limit}`;
  const { rows } = await db.execute<{ id: string | null; total: number }>(sql`
    WITH fetched (id) AS MATERIALIZED (${source} LIMIT ${sql.raw(String(mostGathered + 1))}), counted AS (SELECT count(*)::int AS total FROM fetched)
    SELECT page.id, counted.total FROM counted LEFT JOIN LATERAL (SELECT * FROM (${fitting}) AS found WHERE counted.total <= ${sql.raw(String(mostGathered))}) AS page ON true
    ORDER BY page.at DESC, page.id DESC`);
  if ((rows[0]?.total ?? 0) > mostGathered) return null;
  return { ids: rows.flatMap((row) => row.id ?? []), stoppedAt: null };
}
