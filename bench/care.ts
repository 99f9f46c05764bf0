import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrateDatabases } from '../server/src/databases.ts';
import { explain } from '../server/test/explain.ts';
import { fillCare, usualCounts } from '../server/test/fill-care.ts';
import { fillChat, usualChat } from '../server/test/fill-chat.ts';
import { openListContext } from '../server/test/list-context.ts';
import { cases, draw, type Lists, none, type Subjects, withPages } from './care-cases.ts';
import { runTimeOfMs } from './cpu.ts';
import { inSetting } from './setting.ts';

const calls = 200;

/**
 * Lists at each size, straight on the use case, the databases side by side on one server and called turn by turn. With a folder to keep, a run
 * that finds some of them missing fills those and measures nothing: filling leaves a machine that is not quiet.
 */
export async function benchCare(sizes: readonly number[], keep: string | undefined): Promise<void> {
  const folder = keep ?? mkdtempSync(join(tmpdir(), 'openward-bench-'));
  try {
    const missing = sizes.filter((size) => !existsSync(markOf(folder, size)));
    if (missing.length > 0) await fill(folder, missing);
    if (keep !== undefined && missing.length > 0) return;
    await inSetting(
      sizes.flatMap((size) => [nameOf(size), chatOf(size)]),
      async (_folder, postgres) => {
        const urls = sizes.map((size) => ({ main: postgres.url(nameOf(size)), chat: postgres.url(chatOf(size)) }));
        report(sizes, await measure(urls));
      },
      folder,
    );
  } finally {
    if (keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

const nameOf = (size: number) => `care_${size}`;
const chatOf = (size: number) => `chat_${size}`;
const markOf = (folder: string, size: number) => join(folder, `${nameOf(size)}.filled`);

/** What a fill writes is needed whole or not at all: without a log of it, and with memory for its sorts. */
const filling = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: "'16GB'",
  checkpoint_timeout: "'30min'",
  autovacuum: 'off',
};

async function fill(folder: string, sizes: readonly number[]): Promise<void> {
  const settings = Object.entries(filling).map(([name, value]) => `ALTER SYSTEM SET ${name} = ${value}`);
  const names = sizes.flatMap((size) => [nameOf(size), chatOf(size)]);
  await inSetting(names, (_folder, postgres) => query(postgres.url(names[0] ?? ''), settings), folder);
  await inSetting(
    names,
    async (_folder, postgres) => {
      for (const size of sizes) {
        const urls = { main: postgres.url(nameOf(size)), chat: postgres.url(chatOf(size)) };
        await migrateDatabases(urls);
        const startedAt = performance.now();
        const say = (done: string) =>
          process.stdout.write(`${size}: ${Math.round((performance.now() - startedAt) / 1000)} s, ${done}\n`);
        await fillCare(urls.main, usualCounts(size), say);
        await fillChat(urls.chat, usualChat(size), say);
        await query(urls.main, ['CHECKPOINT']);
        say('filled');
        writeFileSync(markOf(folder, size), '');
      }
      await query(postgres.url(names[0] ?? ''), ['ALTER SYSTEM RESET ALL']);
    },
    folder,
  );
}

async function query(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** Of one case at one size: how long each call took, and of PostgreSQL for a call CPU time and pages read, in memory or not. */
type Result = { timesMs: number[]; cpuMs: number; pages: number };

/** @returns of each case, the results of each size. */
async function measure(urls: readonly { main: string; chat: string }[]): Promise<Map<string, Result[]>> {
  const all = urls.map(({ main, chat }) => openListContext(main, chat));
  try {
    return await measureAll(all);
  } finally {
    for (const { end } of all) await end();
  }
}

async function measureAll(all: readonly Lists[]): Promise<Map<string, Result[]>> {
  const [drawn, pids] = [[] as Subjects[], [] as number[][]];
  for (const lists of all) {
    drawn.push(await draw(lists));
    pids.push(await backendsOf(lists));
  }
  const results = new Map<string, Result[]>();
  for (const [name, make] of Object.entries(cases)) {
    const inputs: (() => Promise<unknown>)[][] = [];
    for (const [index, lists] of all.entries()) inputs.push(await withPages(make(lists, drawn[index] ?? none)));
    const ofSizes = all.map((): Result => ({ timesMs: [], cpuMs: 0, pages: 0 }));
    for (let n = -20; n < calls; n += 1) {
      for (const [index, ofSize] of inputs.entries()) {
        const result = ofSizes[index];
        const cpuBeforeMs = n < 0 ? 0 : runTimeOfMs(...(pids[index] ?? []));
        const startedAt = performance.now();
        await ofSize[(n + 20) % ofSize.length]?.();
        if (n < 0 || result === undefined) continue;
        result.timesMs.push(performance.now() - startedAt);
        result.cpuMs += (runTimeOfMs(...(pids[index] ?? [])) - cpuBeforeMs) / calls;
      }
      for (const { asked } of all) asked.length = 0;
    }
    for (const [index, lists] of all.entries()) {
      const result = ofSizes[index];
      if (result !== undefined) result.pages = await pagesRead(lists, inputs[index] ?? []);
    }
    results.set(name, ofSizes);
  }
  return results;
}

async function backendsOf({ pool, chatPool }: Lists): Promise<number[]> {
  const pids = [];
  for (const one of [pool, chatPool])
    pids.push((await one.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0);
  return pids;
}

async function pagesRead({ asked }: Lists, inputs: readonly (() => Promise<unknown>)[]): Promise<number> {
  let sum = 0;
  for (const input of inputs) {
    asked.length = 0;
    await input();
    for (const statement of asked.filter(({ text }) => !/^insert/i.test(text))) {
      const [root] = await explain(statement.pool, statement);
      sum += (root?.['Shared Hit Blocks'] ?? 0) + (root?.['Shared Read Blocks'] ?? 0);
    }
  }
  asked.length = 0;
  return sum / Math.max(1, inputs.length);
}

function report(sizes: readonly number[], results: Map<string, Result[]>): void {
  const median = ({ timesMs }: Result) => timesMs.toSorted((a, b) => a - b)[Math.floor(timesMs.length / 2)] ?? 0;
  const columns: [string, (result: Result) => number][] = [
    ['p50', median],
    ['PG CPU', ({ cpuMs }) => cpuMs],
    ['pages', ({ pages }) => pages],
  ];
  const growth = (ofSizes: Result[], of: (result: Result) => number) => {
    const [first, last] = [ofSizes[0], ofSizes.at(-1)];
    return first === undefined || last === undefined ? NaN : of(last) / of(first);
  };
  console.table(
    [...results].map(([list, ofSizes]) => ({
      list,
      ...Object.fromEntries(
        columns.flatMap(([name, of]) => [
          ...ofSizes.map((result, index) => [`${name}, ${sizes[index]}`, Number(of(result).toFixed(2))]),
          [`${name} ×`, Number(growth(ofSizes, of).toFixed(2))],
        ]),
      ),
    })),
  );
}
