import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { benchAccount } from './account.ts';
import { benchAppend } from './append.ts';
import { benchCare } from './care.ts';
import { benchChat, chatBenches } from './chat.ts';
import { benchCitus } from './citus.ts';
import { benchDirectory } from './directory.ts';
import { asMarkdown, observe, refuseWithoutPlaces, tableOf, writeDown } from './document.ts';
import { heldToGoals } from './goals.ts';
import { benchHttp, benchManyDoctors } from './http.ts';
import { benchLogins } from './logins.ts';
import { listenTo, type Ratio } from './report.ts';
import { benchSearch } from './search.ts';
import { benchSizes } from './sizes.ts';

// npm run bench                 all that is held to a goal, ten minutes on a quiet machine; writes its tables into docs/performance.md
// npm run bench -- NAME…        some of it, or one of the others; writes nothing
// npm run bench -- --write NAME…
//
// Servers run on CPU 0, the load, PostgreSQL and Redis on CPU 1. BENCH_ROUNDS changes how often, BENCH_DOCTORS and BENCH_SIZES how many
// rows; BENCH_PROFILE=openward writes a CPU profile of the server of that name into the folder for temporary files; with
// BENCH_STAGES=1 each server says where the time of a message goes, for C1l.

type Bench = {
  /** What it measures, for who asks. */
  what: string;
  /** In a whole run. None: not part of it. */
  rounds?: number;
  /** Runs beside it there: memory is not changed by what else goes on, and a minute of waiting is saved. */
  beside?: string;
  run(rounds: number): Promise<void>;
};

const numbers = (name: string, usual: string) => (process.env[name] ?? usual).split(',').map(Number);
const doctors = Number(process.env['BENCH_DOCTORS'] ?? 10_000);
const roundsOfChat: Record<string, number> = { C1r: 2, C1l: 7, C2: 1, C3: 2, N1: 7 };

const benches: Record<string, Bench> = {
  http: {
    what: 'H1, H1c, H2, A2: the doctors’ list, a request, the own account',
    rounds: 7,
    run: (rounds) => benchHttp(rounds, doctors),
  },
  many: { what: 'H1 with a million doctors', rounds: 5, beside: 'C2', run: benchManyDoctors },
  logins: { what: 'A1: logins, and what others do meanwhile', rounds: 3, run: benchLogins },
  ...Object.fromEntries(
    chatBenches.map((name) => [
      name,
      { what: 'the chat', rounds: roundsOfChat[name] ?? 3, run: (rounds: number) => benchChat([name], rounds) },
    ]),
  ),
  directory: {
    what: 'S1: pages of the doctors’ list by size',
    rounds: 1,
    run: () => benchDirectory(numbers('BENCH_SIZES', '10000,100000')),
  },
  care: {
    what: 'S1: lists of requests, appointments and accounts by size; into databases kept in BENCH_KEEP, which a first run only fills',
    run: () => benchCare(numbers('BENCH_SIZES', '10000,100000'), process.env['BENCH_KEEP']),
  },
  'care-long': {
    what: 'the same at 10,000 and 10,000,000 requests, as `care` with BENCH_SIZES; 30 GB of disk; mind BENCH_KEEP',
    run: () => benchCare([10_000, 10_000_000], process.env['BENCH_KEEP']),
  },
  account: { what: 'what reading an account costs, from the database and as a copy in Redis', run: benchAccount },
  citus: { what: 'the chat on a Citus of three beside one PostgreSQL of the same programs', run: benchCitus },
  append: {
    what: 'what writing a message costs PostgreSQL, alone and in groups, beside the plain INSERT',
    run: benchAppend,
  },
  search: {
    what: 'pages of a search in a room of 100,000 messages, everything on CPU 1',
    run: () => benchSearch(100_000, 200),
  },
  sizes: { what: 'what a row of the tables that grow costs on disk', run: benchSizes },
};
const groups: Record<string, readonly string[]> = {
  ...{ chat: chatBenches, H1: ['http', 'many'], H1c: ['http'], H2: ['http'], A1: ['logins'], A2: ['http'] },
  S1: ['directory', 'care'],
};

const whole = Object.keys(benches).filter((name) => benches[name]?.rounds !== undefined);
const words = process.argv.slice(2).filter((word) => word !== '--write');
const names = words.flatMap((word) => groups[word] ?? [word]);
// `chat C1` is C1.
const wanted = words[0] === 'chat' && words.length > 1 ? names.slice(chatBenches.length) : names;
const unknown = wanted.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  const lines = Object.entries(benches).map(([name, { what }]) => `  ${name.padEnd(10)} ${what}\n`);
  end(
    `There is no bench ${unknown.join(', ')}. Without a name all run that are held to a goal; by name:\n${lines.join('')}`,
  );
}
if (process.platform !== 'linux' || spawnSync('taskset', ['-V']).error !== undefined || cpus().length < 2)
  end(
    'A bench needs Linux, taskset (Debian: apt-get install util-linux) and two cores: one is for the server alone.\n',
  );

await runAll(wanted.length === 0 ? whole : wanted, wanted.length === 0 || process.argv.includes('--write'));

async function runAll(all: readonly string[], writes: boolean): Promise<void> {
  const isWhole = all === whole;
  if (writes) refuseWithoutPlaces([...all, ...(isWhole ? ['to-reach'] : [])]);
  const beganAtMs = performance.now();
  const observed = observe();
  const ratios: Ratio[] = [];
  const runOne = async (name: string): Promise<void> => {
    const bench = benches[name];
    if (bench === undefined) return;
    const minutes = ((performance.now() - beganAtMs) / 60_000).toFixed(1);
    process.stdout.write(`\n[${all.indexOf(name) + 1} of ${all.length}, ${minutes} min] ${name}: ${bench.what}\n`);
    const own = observe();
    const said = await listenTo(() => bench.run(Number(process.env['BENCH_ROUNDS'] ?? bench.rounds ?? 3)));
    ratios.push(...said.ratios);
    if (writes) writeDown(name, `\`npm run bench -- ${name}\`, ${own.end()}\n\n${asMarkdown(said)}`);
  };
  const companions = isWhole ? all.flatMap((name) => benches[name]?.beside ?? []) : [];
  for (const name of all.filter((name) => !companions.includes(name))) {
    const companion = isWhole ? benches[name]?.beside : undefined;
    await Promise.all([runOne(name), ...(companion === undefined ? [] : [runOne(companion)])]);
  }
  const rows = heldToGoals(ratios, isWhole);
  if (rows.length > 0) console.table(rows);
  const minutes = ((performance.now() - beganAtMs) / 60_000).toFixed(1);
  process.stdout.write(`${minutes} minutes${writes ? ', written into docs/performance.md' : ''}\n`);
  if (isWhole) writeDown('to-reach', `\`npm run bench\`, ${minutes} minutes, ${observed.end()}\n\n${tableOf(rows)}`);
}

function end(message: string): never {
  process.stderr.write(message);
  process.exit(1);
}
