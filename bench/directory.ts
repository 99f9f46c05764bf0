import type { listDoctors as contract, DoctorSort, InputOf } from '@openward/contracts';
import type { Ctx } from '../server/src/context.ts';
import { migrateDatabases } from '../server/src/databases.ts';
import { listDoctors } from '../server/src/modules/doctors/list-doctors.ts';
import { listSpecialties } from '../server/src/modules/doctors/list-specialties.ts';
import { fillDirectory, rareName } from '../server/test/fill-directory.ts';
import { openListContext } from '../server/test/list-context.ts';
import { runTimeOfMs } from './cpu.ts';
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
const pages = 3;
/** A list is called for so long at each size, so that the quick ones are called often and the slow ones hold nobody up. */
const eachMs = 75;
const calls = { warming: 9, least: 15, most: 150 };

/** Milliseconds of a page; `cpu` is PostgreSQL's alone, which other work on the machine moves least. */
type Times = { p50: number; p95: number; cpu: number };
type Directory = ReturnType<typeof openListContext> & { pid: number };
type Call = () => Promise<unknown>;

/**
 * Pages of the doctors' list from the database, for each filter in each sort, at each size; and what growing costs. The databases stand
 * side by side on one server and are called turn by turn, so that what else the machine does meanwhile slows all sizes alike.
 */
export async function benchDirectory(sizes: readonly number[]): Promise<void> {
  const nameOf = (size: number) => `directory_${size}`;
  await inSetting([...sizes.map(nameOf), 'openward_chat'], async (_folder, postgres) => {
    const directories: Directory[] = [];
    for (const size of sizes) {
      const url = postgres.url(nameOf(size));
      await migrateDatabases({ main: url, chat: postgres.url('openward_chat') });
      const startedAt = performance.now();
      await fillDirectory(url, size);
      process.stdout.write(`${size} doctors made in ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
      directories.push(await open(url));
    }
    const results = await measure(directories);
    for (const { end } of directories) await end();
    report(sizes, results);
  });
}

async function open(url: string): Promise<Directory> {
  const lists = openListContext(url);
  const { rows } = await lists.pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return { ...lists, pid: rows[0]?.pid ?? 0 };
}

/** @returns of each list, the times at each size. */
async function measure(directories: Directory[]): Promise<Map<string, Times[]>> {
  const results = new Map<string, Times[]>();
  for (const [name, filter] of Object.entries(filters)) {
    for (const sort of sorts) {
      const inputs = await Promise.all(directories.map(({ ctx }) => pagesOf(ctx, { ...filter, sort })));
      results.set(`${name}, by ${sort}`, await timed(directories, inputs));
    }
  }
  const counts = directories.map(({ ctx }) => [() => listSpecialties(ctx)]);
  results.set('how many each specialty has', await timed(directories, counts));
  return results;
}

/** The first pages of a list, as many as there are of three. */
async function pagesOf(ctx: Ctx, filter: Input): Promise<Call[]> {
  const inputs = [filter];
  while (inputs.length < pages) {
    const { nextCursor } = await listDoctors(ctx, inputs.at(-1) ?? filter);
    if (nextCursor === null) break;
    inputs.push({ ...filter, cursor: nextCursor });
  }
  return inputs.map((input) => () => listDoctors(ctx, input));
}

async function timed(directories: Directory[], inputs: Call[][]): Promise<Times[]> {
  const results = directories.map(() => ({ timesMs: [] as number[], cpuMs: 0 }));
  let untilMs = Number.POSITIVE_INFINITY;
  for (let n = -calls.warming; n < calls.most && (n < calls.least || performance.now() < untilMs); n += 1) {
    if (n === 0) untilMs = performance.now() + eachMs * directories.length;
    for (const [index, { pid, asked }] of directories.entries()) {
      const ofSize = inputs[index] ?? [];
      const cpuBeforeMs = runTimeOfMs(pid);
      const startedAt = performance.now();
      await ofSize[(n + calls.warming) % ofSize.length]?.();
      const ms = performance.now() - startedAt;
      const result = results[index];
      if (n >= 0) result?.timesMs.push(ms);
      if (n >= 0 && result !== undefined) result.cpuMs += runTimeOfMs(pid) - cpuBeforeMs;
      asked.length = 0;
    }
  }
  return results.map(timesOf);
}

function timesOf({ timesMs, cpuMs }: { timesMs: number[]; cpuMs: number }): Times {
  const sorted = timesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), cpu: cpuMs / sorted.length };
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
