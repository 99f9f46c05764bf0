import type { listDoctors as contract, DoctorSort, InputOf } from '@openward/contracts';
import { type SQL, sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain, type Plan, rowsTouched } from '../../../test/explain.ts';
import { fillDirectory, rareName } from '../../../test/fill-directory.ts';
import { cloneDatabases } from '../../../test/harness.ts';
import { openListContext, type Statement } from '../../../test/list-context.ts';
import { listDoctors } from './list-doctors.ts';

// What PostgreSQL does for each combination of filter and sort, read from EXPLAIN ANALYZE: never a scan of the table, and never
// more rows than the bounds of search-doctors.ts, of 24,000 doctors.

type Input = InputOf<typeof contract>;

const doctorCount = 24_000;
/** A walk of 4,000, and at most 5,001 gathered; the rows that are shown come on top. */
const mostTouched = 4_000 + 5_001 + 100;
const sorts: readonly DoctorSort[] = ['rating', 'experience', 'name', 'newest'];
const fewOf = 'sports_medicine';

const filters: Record<string, Input> = {
  nothing: {},
  'a specialty': { specialty: 'cardiology' },
  'a specialty of few': { specialty: fewOf },
  'a language of many': { language: 'en' },
  'a rare language': { language: 'is' },
  'a rare language in a specialty': { language: 'is', specialty: 'urology' },
  'a country of many': { country: 'Land 0' },
  'a country of few': { country: 'Land 58' },
  'a city': { city: 'Town 0-3' },
  'a city without a doctor': { city: 'Atlantis' },
  'a city in a country': { country: 'Land 1', city: 'Town 1-0' },
  'who takes requests': { accepting: true },
  'who takes none, in a city': { accepting: false, city: 'Town 0-3' },
  'four stars': { minRating: 4 },
  'five stars': { minRating: 5 },
  'five stars in a specialty': { minRating: 5, specialty: 'dermatology' },
  'nearly five stars in a country': { minRating: 4.9, country: 'Land 7' },
  'a letter': { q: 'm' },
  'two letters': { q: 'zi' },
  'three letters': { q: 'gar' },
  'a letter that begins no name': { q: 'x' },
  'a name of many': { q: 'maria' },
  'a rare name': { q: rareName },
  'a rare name with a slip': { q: 'Zizkovka' },
  'a name of many with a slip': { q: 'mariaa' },
  'a name of nobody': { q: 'xyzzyqwert' },
  'a name in a city': { q: 'garcia', city: 'Town 0-3' },
  'a letter and a rare language': { q: 'm', language: 'is' },
  everything: { q: 'maria', specialty: 'cardiology', language: 'en', country: 'Land 0', accepting: true, minRating: 3 },
};

let directory: ReturnType<typeof openListContext>;
beforeAll(async () => {
  const urls = await cloneDatabases();
  await fillDirectory(urls.main, doctorCount);
  directory = openListContext(urls.main);
  await directory.pool.query(
    `UPDATE doctors SET specialty = 'surgery' WHERE specialty = $1
       AND account_id NOT IN (SELECT account_id FROM doctors WHERE specialty = $1 AND listed ORDER BY account_id LIMIT 30)`,
    [fewOf],
  );
  await directory.pool.query('VACUUM ANALYZE doctors');
});
afterAll(() => directory.pool.end());

async function judge(statement: Statement): Promise<{ nodes: Plan[]; touched: number; scans: string[] }> {
  const nodes = await explain(directory.pool, statement);
  const onDoctors = nodes.filter((node) => node['Relation Name'] === 'doctors');
  return { nodes, touched: rowsTouched(onDoctors), scans: onDoctors.map((node) => node['Node Type']) };
}

/** The page, and how each of its statements was answered. */
async function pageOf(input: Input) {
  directory.asked.length = 0;
  const page = await listDoctors(directory.ctx, input);
  const plans = [];
  for (const statement of [...directory.asked]) plans.push(await judge(statement));
  return { page, plans };
}

describe.each(Object.entries(filters))('a list by %s', (_name, filter) => {
  it.each(sorts)(
    'sorted by %s takes an index for every page, and touches a bounded number of doctors',
    async (sort) => {
      let cursor: string | null | undefined;
      for (let n = 0; n < 3 && cursor !== null; n += 1) {
        const { page, plans } = await pageOf({ ...filter, sort, ...(cursor === undefined ? {} : { cursor }) });
        const scans = plans.flatMap((plan) => plan.scans);
        expect(scans).not.toContain('Seq Scan');
        expect(plans.length).toBeGreaterThan(0);
        for (const plan of plans) expect(plan.touched).toBeLessThan(mostTouched);
        expect(plans.reduce((sum, { touched }) => sum + touched, 0)).toBeLessThan(3 * mostTouched);
        cursor = page.nextCursor;
      }
    },
  );
});

describe('a list of those who are known to be few', () => {
  it.each([
    'a rare language',
    'a rare language in a specialty',
    'a specialty of few',
    'a city without a doctor',
    'a name in a city',
  ])('looks at nobody else, by %s in every sort', async (name) => {
    for (const sort of sorts) {
      const { plans } = await pageOf({ ...filters[name], sort });
      expect(
        plans.reduce((sum, { touched }) => sum + touched, 0),
        sort,
      ).toBeLessThan(500);
    }
  });
});

describe('a list of a city', () => {
  // One of 91 and one of 330 doctors: looked at along an order, a page of them would be full after some 5,300 and some 1,500.
  const towns = ['Town 0-3', 'Town 0-0'];
  const inCity: Input[] = [{}, { minRating: 4 }, { accepting: false, language: 'en' }, { q: 'maria' }, { q: 'gxrcia' }];

  it.each(inCity.flatMap((filter) => towns.map((city) => ({ ...filter, city }))))(
    'with %o reads the rows of those who are shown, and of all others what the index of cities has',
    async (filter) => {
      for (const sort of sorts) {
        const { page, plans } = await pageOf({ ...filter, sort });
        const reads = plans.flatMap(({ nodes }) => nodes).filter((node) => node['Relation Name'] === 'doctors');
        const within = reads.filter((node) => node['Index Name'] === 'doctors_of_city');
        expect(within.length, sort).toBeGreaterThan(0);
        for (const node of within)
          expect(node, sort).toMatchObject({ 'Node Type': 'Index Only Scan', 'Heap Fetches': 0 });
        expect(rowsTouched(reads.filter((node) => !within.includes(node))), sort).toBeLessThanOrEqual(
          page.items.length + 1,
        );
      }
    },
  );
});

describe('a list of a specialty of few', () => {
  it('does not look at everybody either where PostgreSQL keeps one plan for all specialties', async () => {
    await directory.pool.query('SET plan_cache_mode = force_generic_plan');
    for (const sort of sorts) {
      directory.asked.length = 0;
      await listDoctors(directory.ctx, { specialty: fewOf, sort });
      for (const { text, values } of directory.asked.filter(({ values }) => values.length > 0)) {
        const literals = values.map((value) => pg.escapeLiteral(String(value)));
        await directory.pool.query(`PREPARE kept AS ${text}`);
        const nodes = await explain(directory.pool, { text: `EXECUTE kept (${literals.join()})`, values: [] });
        await directory.pool.query('DEALLOCATE kept');
        expect(rowsTouched(nodes.filter((node) => node['Relation Name'] === 'doctors')), sort).toBeLessThan(500);
      }
    }
    await directory.pool.query('RESET plan_cache_mode');
  });
});

describe('the doctors that a list gives over all its pages', () => {
  /** What a filter means, said plainly. */
  const meaning = ({ specialty, language, country, city, accepting, minRating }: Input): SQL =>
    sql.join(
      [
        sql`listed`,
        ...(specialty === undefined ? [] : [sql`specialty = ${specialty}`]),
        ...(language === undefined ? [] : [sql`languages @> ARRAY[${language}]`]),
        ...(country === undefined ? [] : [sql`lower(country) = lower(${country})`]),
        ...(city === undefined ? [] : [sql`lower(city) = lower(${city})`]),
        ...(accepting === undefined ? [] : [sql`accepting_requests = ${accepting}`]),
        ...(minRating === undefined
          ? []
          : [sql`rating_count > 0 AND round(rating_sum::numeric / rating_count, 2) >= ${minRating}`]),
      ],
      sql` AND `,
    );
  const order: Record<DoctorSort, SQL> = {
    rating: sql`score DESC, account_id DESC`,
    experience: sql`experience_years DESC, account_id DESC`,
    name: sql`name_key, account_id`,
    newest: sql`created_at DESC, account_id DESC`,
  };
  const small = [
    'a rare language',
    'a specialty of few',
    'a city',
    'a country of few',
    'five stars in a specialty',
    'nearly five stars in a country',
    'who takes none, in a city',
    'a city without a doctor',
  ];

  it.each(small)('by %s are those of a scan of the table, in its order, in every sort', async (name) => {
    const filter = filters[name] ?? {};
    for (const sort of sorts) {
      const { rows } = await directory.ctx.db.execute<{ id: string }>(
        sql`SELECT account_id AS id FROM doctors WHERE ${meaning(filter)} ORDER BY ${order[sort]}`,
      );
      const found: string[] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const page = await listDoctors(directory.ctx, {
          ...filter,
          sort,
          limit: 37,
          ...(cursor === undefined ? {} : { cursor }),
        });
        found.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      expect(found, sort).toEqual(rows.map(({ id }) => id));
    }
  });
});
