import type { listDoctors as contract, DoctorSort, InputOf } from '@openward/contracts';
import type { Ctx } from '../server/src/context.ts';
import { migrateDatabases } from '../server/src/databases.ts';
import { listDoctors } from '../server/src/modules/doctors/list-doctors.ts';
import { listSpecialties } from '../server/src/modules/doctors/list-specialties.ts';
import { openDirectoryContext } from '../server/test/directory-context.ts';
import { fillDirectory, rareName } from '../server/test/fill-directory.ts';
import { cpuOf } from './cpu.ts';
import { sayRatio, sayTable } from './report.ts';
import { inSetting } from './setting.ts';

type Input = InputOf<typeof contract>;

const sorts: readonly DoctorSort[] = ['rating', 'experience', 'name', 'newest'];
const filters: Record<string, Input> = {
  everybody: {},
  'a specialty': { specialty: 'cardiology' },
  'a rare language': { language: 'is' },
  'a country': { country: 'Land 30' },
  'a city': { city: 'Town 0-3' },
  'a city without a doctor': { city: 'Atlantis' },
  'who takes requests': { accepting: true },
  'five stars': { minRating: 5 },
  'a letter': { q: 'm' },
  'three letters': { q: 'gar' },
  'a name': { q: 'garcia' },
  'a rare name with a slip': { q: rareName.slice(0, -1) },
  'a name with a slip': { q: 'mariaa' },
  'two words': { q: 'garcia maria' },
  'a rare language in a specialty': { specialty: 'urology', language: 'is' },
  'a name in a city': { q: 'maria', city: 'Town 0-3' },
  'four stars, a specialty, a country, who takes requests': {
    ...{ specialty: 'neurology', country: 'Land 1', accepting: true, minRating: 4 },
  },
};
const calls = 25;
const warmUps = 3;
const pages = 3;

/** Milliseconds of a page; `cpu` is PostgreSQL's alone, which other work on the machine moves least. */
type Times = { p50: number; p95: number; cpu: number };

/** Pages of the doctors' list from the database, for each filter in each sort, at each size; and what growing costs. */
export async function benchDirectory(sizes: readonly number[]): Promise<void> {
  const results = new Map<string, Times[]>();
  for (const size of sizes) {
    await inSetting(['openward', 'openward_chat'], async (_folder, postgres) => {
      const url = postgres.url('openward');
      await migrateDatabases({ main: url, chat: postgres.url('openward_chat') });
      const startedAt = performance.now();
      await fillDirectory(url, size);
      process.stdout.write(`${size} doctors made in ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
      for (const [name, times] of await measure(url)) results.set(name, [...(results.get(name) ?? []), times]);
    });
  }
  report(sizes, results);
}

async function measure(url: string): Promise<Map<string, Times>> {
  const { ctx, pool, asked } = openDirectoryContext(url);
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const cpuUntilNow = () => cpuOf(rows[0]?.pid ?? 0);
  const results = new Map<string, Times>();
  for (const [name, filter] of Object.entries(filters)) {
    for (const sort of sorts) {
      const inputs = await inputsOf(ctx, { ...filter, sort });
      results.set(`${name}, by ${sort}`, await timed(cpuUntilNow, inputs, (input) => listDoctors(ctx, input)));
      asked.length = 0;
    }
  }
  results.set('how many each specialty has', await timed(cpuUntilNow, [null], () => listSpecialties(ctx)));
  await pool.end();
  return results;
}

/** The first pages of a list, as many as there are of three. */
async function inputsOf(ctx: Ctx, filter: Input): Promise<Input[]> {
  const inputs = [filter];
  while (inputs.length < pages) {
    const { nextCursor } = await listDoctors(ctx, inputs.at(-1) ?? filter);
    if (nextCursor === null) break;
    inputs.push({ ...filter, cursor: nextCursor });
  }
  return inputs;
}

async function timed<I>(cpuUntilNow: () => number, inputs: I[], call: (input: I) => Promise<unknown>): Promise<Times> {
  for (const input of inputs) for (let n = 0; n < warmUps; n += 1) await call(input);
  const times: number[] = [];
  const cpuBefore = cpuUntilNow();
  for (let n = 0; n < calls; n += 1) {
    for (const input of inputs) {
      const startedAt = performance.now();
      await call(input);
      times.push(performance.now() - startedAt);
    }
  }
  const cpu = ((cpuUntilNow() - cpuBefore) * 1000) / times.length;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), cpu };
}

function report(sizes: readonly number[], results: Map<string, Times[]>): void {
  const ms = (value: number) => Number(value.toFixed(2));
  const lines = [...results].map(([list, times]) => ({
    list,
    ...Object.fromEntries(sizes.map((size, index) => [`p50, ${size}`, ms(times[index]?.p50 ?? 0)])),
    ...Object.fromEntries(sizes.map((size, index) => [`p95, ${size}`, ms(times[index]?.p95 ?? 0)])),
    ...Object.fromEntries(sizes.map((size, index) => [`CPU, ${size}`, ms(times[index]?.cpu ?? 0)])),
    growth: ms((times.at(-1)?.p50 ?? 0) / (times[0]?.p50 ?? 1)),
  }));
  console.table(lines);
  const names = Object.keys(filters);
  const p50 = (list: string, at: number) => results.get(list)?.[at]?.p50 ?? 0;
  const listsOf = (name: string) => sorts.map((sort) => `${name}, by ${sort}`);
  const rows = names.map((name) => ({
    filter: name,
    ...Object.fromEntries(
      sizes.map((size, at) => {
        const all = listsOf(name).map((list) => p50(list, at));
        return [`${size}`, `${ms(p50(`${name}, by rating`, at))} (${ms(Math.min(...all))} to ${ms(Math.max(...all))})`];
      }),
    ),
  }));
  sayTable('p50 of a page in ms by rating, and from the quickest to the slowest of four orders, by size', rows);
  // A line for each list, as if each were a round.
  const all = (at: number) => names.flatMap(listsOf).map((list) => p50(list, at));
  sayRatio('S1: the directory', all(sizes.length - 1), all(0), true);
}
