import { listDoctors as contract, type DoctorSort, type InputOf, type ReplyOf } from '@openward/contracts';
import { and, asc, desc, eq, ilike, type SQL, sql } from 'drizzle-orm';
import { copiesOf } from '#platform/cache/copies.ts';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { cachePolicies, firstPageSize } from '#server/cache-policies.ts';
import type { Ctx } from '#server/context.ts';
import { doctors } from './tables.ts';
import { type DoctorRow, doctorView } from './view.ts';

/** How each sort orders, continues after a cursor, and what its cursor holds. The id makes every order total. */
const orders: Record<
  DoctorSort,
  {
    by: SQL[];
    kind: 'number' | 'integer' | 'text' | 'time';
    after(value: unknown, id: string): SQL;
    key(row: DoctorRow): string | number;
  }
> = {
  rating: {
    by: [desc(doctors.score), desc(doctors.accountId)],
    kind: 'number',
    after: (value, id) => sql`(${doctors.score}, ${doctors.accountId}) < (${value}::float8, ${id}::uuid)`,
    key: (row) => row.score,
  },
  experience: {
    by: [desc(doctors.experienceYears), desc(doctors.accountId)],
    kind: 'integer',
    after: (value, id) => sql`(${doctors.experienceYears}, ${doctors.accountId}) < (${value}::int, ${id}::uuid)`,
    key: (row) => row.experienceYears,
  },
  name: {
    by: [asc(sql`lower(${doctors.fullName})`), asc(doctors.accountId)],
    kind: 'text',
    after: (value, id) => sql`(lower(${doctors.fullName}), ${doctors.accountId}) > (lower(${value}), ${id}::uuid)`,
    key: (row) => row.fullName,
  },
  newest: {
    by: [desc(doctors.createdAt), desc(doctors.accountId)],
    kind: 'time',
    after: (value, id) => sql`(${doctors.createdAt}, ${doctors.accountId}) < (${value}::timestamptz, ${id}::uuid)`,
    key: (row) => row.createdAt,
  },
};

type Input = InputOf<typeof contract>;
type Page = ReplyOf<typeof contract>;

const firstPages = copiesOf(cachePolicies.doctorList, contract);

/** The doctors that patients can find, filtered and sorted, by keyset: pages stay stable while doctors come and go. */
export async function listDoctors(ctx: Ctx, input: Input): Promise<Page> {
  if (!isFirstPage(input)) return readPage(ctx, input);
  const { specialty, sort = 'rating' } = input;
  return ctx.cache.read(firstPages, { specialty, sort }, () => readPage(ctx, input));
}

/** What most people see: nothing searched for, the usual size, the beginning. */
function isFirstPage({ specialty: _s, sort: _o, limit = firstPageSize, ...filters }: Input): boolean {
  return limit === firstPageSize && Object.values(filters).every((value) => value === undefined);
}

async function readPage(ctx: Ctx, input: Input): Promise<Page> {
  const { specialty, q, language, minRating, sort = 'rating', limit = firstPageSize } = input;
  const order = orders[sort];
  const after = decodeCursor(input.cursor, [order.kind, 'id']);
  const rows = await ctx.db
    .select()
    .from(doctors)
    .where(
      and(
        eq(doctors.listed, true),
        specialty === undefined ? undefined : eq(doctors.specialty, specialty),
        q === undefined ? undefined : ilike(doctors.fullName, `%${escapeLike(q.trim())}%`),
        language === undefined ? undefined : sql`${language.toLowerCase()} = ANY (${doctors.languages})`,
        minRating === undefined || minRating === 0
          ? undefined
          : sql`${doctors.ratingCount} > 0 AND round(${doctors.ratingSum}::numeric / ${doctors.ratingCount}, 2) >= ${minRating}`,
        after === null ? undefined : order.after(after[0], String(after[1])),
      ),
    )
    .orderBy(...order.by)
    .limit(limit + 1);
  return toPage(rows, limit, (row) => [order.key(row), row.accountId], doctorView);
}

/** What people type is text, not a pattern. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}
