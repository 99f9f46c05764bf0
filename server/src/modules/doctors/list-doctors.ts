import { listDoctors as contract, type DoctorSort, type InputOf, type ReplyOf } from '@openward/contracts';
import { and, asc, desc, eq, ilike, type SQL, sql } from 'drizzle-orm';
import { copiesOf } from '#platform/cache/copies.ts';
import type { Db } from '#platform/database/connect.ts';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { prepared } from '#platform/database/prepared.ts';
import { cachePolicies, firstPageSize } from '#server/cache-policies.ts';
import type { Ctx } from '#server/context.ts';
import { doctors } from './tables.ts';
import { type DoctorRow, doctorView } from './view.ts';

type Order = {
  by: SQL[];
  kind: 'number' | 'integer' | 'text' | 'time';
  after(value: unknown, id: unknown): SQL;
  key(row: DoctorRow): string | number;
};

/** How each sort orders, continues after a cursor, and what its cursor holds. The id makes every order total. */
const orders: Record<DoctorSort, Order> = {
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
  const read = () => ctx.reading((ctx) => readPage(ctx, input));
  if (!isFirstPage(input)) return read();
  const { specialty, sort = 'rating' } = input;
  return ctx.cache.read(firstPages, { specialty, sort }, read);
}

/** What most people see: nothing searched for, the usual size, the beginning. */
function isFirstPage({ specialty: _s, sort: _o, limit = firstPageSize, ...filters }: Input): boolean {
  return limit === firstPageSize && Object.values(filters).every((value) => value === undefined);
}

async function readPage(ctx: Ctx, input: Input): Promise<Page> {
  const { specialty, sort = 'rating', limit = firstPageSize } = input;
  const order = orders[sort];
  const [after, id] = decodeCursor(input.cursor, [order.kind, 'id']) ?? [];
  const isUsual = limit === firstPageSize && filters(input).length === 0;
  const rows = isUsual
    ? await usualPage(sort, specialty !== undefined, id !== undefined)(ctx.db).execute({ specialty, after, id })
    : await select(ctx.db, order, [
        ...(specialty === undefined ? [] : [eq(doctors.specialty, specialty)]),
        ...filters(input),
        ...(id === undefined ? [] : [order.after(after, id)]),
      ]).limit(limit + 1);
  return toPage(rows, limit, (row) => [order.key(row), row.accountId], doctorView);
}

function filters({ q, language, minRating }: Input): SQL[] {
  return [
    ...(q === undefined ? [] : [ilike(doctors.fullName, `%${escapeLike(q.trim())}%`)]),
    ...(language === undefined ? [] : [sql`${language.toLowerCase()} = ANY (${doctors.languages})`]),
    ...(minRating === undefined || minRating === 0
      ? []
      : [
          sql`${doctors.ratingCount} > 0 AND round(${doctors.ratingSum}::numeric / ${doctors.ratingCount}, 2) >= ${minRating}`,
        ]),
  ];
}

function select(db: Db, order: Order, conditions: SQL[]) {
  return (
    db
      .select()
      .from(doctors)
      // As it stands in the indexes: as a parameter it would fit none of them in a plan for all values.
      .where(and(sql`${doctors.listed}`, ...conditions))
      .orderBy(...order.by)
  );
}

/** Sixteen at most. */
const usualPages = new Map<string, ReturnType<typeof prepareUsualPage>>();

/** The statement for pages of the usual size that nothing is searched for in: built once, planned once on each connection. */
function usualPage(sort: DoctorSort, bySpecialty: boolean, continued: boolean) {
  const name = `doctors_by_${sort}${bySpecialty ? '_of_specialty' : ''}${continued ? '_after' : ''}`;
  const found = usualPages.get(name) ?? prepareUsualPage(name, orders[sort], bySpecialty, continued);
  usualPages.set(name, found);
  return found;
}

function prepareUsualPage(name: string, order: Order, bySpecialty: boolean, continued: boolean) {
  const conditions = [
    ...(bySpecialty ? [eq(doctors.specialty, sql.placeholder('specialty'))] : []),
    ...(continued ? [order.after(sql.placeholder('after'), sql.placeholder('id'))] : []),
  ];
  // The size is part of the text: with a parameter PostgreSQL plans anew for each call.
  return prepared((db) =>
    select(db, order, conditions)
      .limit(sql.raw(String(firstPageSize + 1)) as never)
      .prepare(name),
  );
}

/** What people type is text, not a pattern. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}
