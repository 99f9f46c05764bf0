import { listDoctors as contract, type DoctorSort, type InputOf, type ReplyOf } from '@openward/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { copiesOf } from '#platform/cache/copies.ts';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { prepared } from '#platform/database/prepared.ts';
import { cachePolicies, firstPageSize } from '#server/cache-policies.ts';
import type { Ctx } from '#server/context.ts';
import { type Order, orders } from './doctor-orders.ts';
import { areSeldom, searchDoctors, termsOf } from './search-doctors.ts';
import { doctors } from './tables.ts';
import { rarestOf } from './term-shares.ts';
import { doctorView, shownColumns } from './view.ts';

type Input = InputOf<typeof contract>;
type Page = ReplyOf<typeof contract>;

const firstPages = copiesOf(cachePolicies.doctorList, contract);

/** The doctors that patients can find, filtered and sorted, by keyset: pages stay stable while doctors come and go. */
export async function listDoctors(ctx: Ctx, input: Input): Promise<Page> {
  const read = () =>
    ctx.reading(async (ctx) => {
      const isSearch = !isUsualPage(input) || (await areFewAmongMany(ctx, input));
      return isSearch ? searchDoctors(ctx, input) : readUsualPage(ctx, input);
    });
  if (!isUsualPage(input) || input.cursor !== undefined || input.minRating !== undefined) return read();
  const { specialty, sort = 'rating' } = input;
  return ctx.cache.read(firstPages, { specialty, sort }, read);
}

/** What most people see: nothing searched for, the usual size. Its beginning is kept, if it is asked for as most ask. */
function isUsualPage({ specialty: _p, sort: _o, cursor: _c, limit = firstPageSize, ...filters }: Input): boolean {
  const { minRating = 0, ...others } = filters;
  return limit === firstPageSize && minRating === 0 && Object.values(others).every((value) => value === undefined);
}

/** Whether the page's doctors are so few of all who stand in its index that it would look at everybody to find them. */
async function areFewAmongMany({ db }: Ctx, { specialty, sort = 'rating' }: Input): Promise<boolean> {
  return specialty !== undefined && sort !== 'rating' && areSeldom(await rarestOf(db, termsOf({ specialty })));
}

async function readUsualPage(ctx: Ctx, { specialty, sort = 'rating', cursor }: Input): Promise<Page> {
  const order = orders[sort];
  const [after, id] = decodeCursor(cursor, [order.kind, 'id']) ?? [];
  const statement = usualPage(sort, specialty !== undefined, id !== undefined);
  const rows = await statement(ctx.db).execute({ specialty, after, id });
  const now = ctx.clock.now();
  return toPage(
    rows,
    firstPageSize,
    (row) => [row[order.key], row.accountId],
    (row) => doctorView(row, now),
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
  // As it stands in the indexes: as a parameter `listed` would fit none of them in a plan for all values.
  const all = and(
    sql`${doctors.listed}`,
    bySpecialty ? eq(doctors.specialty, sql.placeholder('specialty')) : undefined,
    continued ? order.after(sql.placeholder('after'), sql.placeholder('id')) : undefined,
  );
  // The size is part of the text: with a parameter PostgreSQL plans anew for each call.
  const size = sql.raw(String(firstPageSize + 1));
  // Only by rating a specialty has an index of its own. Along the others its doctors are met among many, whose rows are not read.
  const met = sql`ARRAY(SELECT ${doctors.accountId} FROM ${doctors} WHERE ${all} ORDER BY ${order.by} LIMIT ${size})`;
  const where = bySpecialty && order !== orders.rating ? sql`${doctors.accountId} = ANY (${met})` : all;
  return prepared((db) =>
    db
      .select({ ...shownColumns, ...({ [order.key]: doctors[order.key] } as Pick<typeof doctors, Order['key']>) })
      .from(doctors)
      .where(where)
      .orderBy(order.by)
      .limit(size as never)
      .prepare(name),
  );
}
