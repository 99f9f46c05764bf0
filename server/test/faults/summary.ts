import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { type FaultName, faultNames, faults } from './faults/index.ts';
import { isFine } from './report.ts';
import type { RoundResult } from './round.ts';

const columns = [
  'fault',
  'what',
  'date',
  'commit',
  'rounds',
  'sent',
  'acked',
  'acked again',
  'delivered',
  'worst healing',
  'seed',
  'verdict',
];

type Row = readonly string[];

/** What a table is of: what can go wrong by name, and what stands before it. */
export type Subject<Name extends string> = {
  names: readonly Name[];
  what(name: Name): string;
  introduction(machine: string): string;
};

const ofFaults = (citus: string | undefined): Subject<FaultName> => ({
  names: faultNames,
  what: (name) => faults[name].what,
  introduction: (machine) => introduction(machine, citus),
});

/**
 * Writes the rows of these results into the table of a Markdown file, and leaves the rows of other faults as they were.
 * @param citus the versions of what the chat database was on, if not on one PostgreSQL.
 */
export async function writeSummary(
  file: string,
  results: readonly RoundResult<FaultName>[],
  leftOut: ReadonlyMap<FaultName, string>,
  citus?: string,
): Promise<void> {
  await writeTable(file, ofFaults(citus), results, leftOut);
}

export async function writeTable<Name extends string>(
  file: string,
  { names, what, introduction }: Subject<Name>,
  results: readonly RoundResult<Name>[],
  leftOut: ReadonlyMap<Name, string> = new Map(),
): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const rows = readRows(text);
  const rowOf = (name: Name, cells: Row) => [name, what(name), today(), currentCommit(), ...cells];
  for (const [name, why] of leftOut) rows.set(name, rowOf(name, ['', '', '', '', '', '', '', `left out: ${why}`]));
  for (const name of names) {
    const own = results.filter(({ fault }) => fault === name);
    if (own.length > 0) rows.set(name, rowOf(name, summarize(own)));
  }
  const known = names.flatMap((name) => {
    const row = rows.get(name);
    return row === undefined ? [] : [row];
  });
  await writeFile(file, `${introduction(machine())}\n${drawTable([columns, ...known])}\n`);
}

/** Aligned, as the formatter would. */
function drawTable(rows: readonly Row[]): string {
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const draw = (cells: Row) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = columns, ...body] = rows;
  return [head, widths.map((width) => '-'.repeat(width)), ...body].map(draw).join('\n');
}

function summarize(results: readonly RoundResult[]): Row {
  const total = (count: (result: RoundResult) => number) =>
    `${results.reduce((sum, result) => sum + count(result), 0)}`;
  const worst = Math.max(...results.map(({ healingMs }) => healingMs));
  const broken = results.filter((result) => !isFine(result));
  return [
    `${results.length}`,
    total(({ sent }) => sent),
    total(({ acked }) => acked),
    total(({ repeated }) => repeated),
    total(({ delivered }) => delivered),
    `${(worst / 1000).toFixed(1)} s`,
    results[0]?.seed ?? '',
    broken.length === 0
      ? 'holds'
      : `**broken in ${broken.length}**: ${[...new Set(broken.flatMap(causesOf))].join(', ')}`,
  ];
}

function causesOf({ broken, error }: RoundResult): string[] {
  return error === null ? [...broken.keys()] : [...broken.keys(), 'the round could not be played to its end'];
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** What ran. Empty outside of a repository. */
function currentCommit(): string {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  return stdout?.trim() ?? '';
}

function readRows(text: string): Map<string, Row> {
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  const rows = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return new Map(rows.map((row) => [row[0] ?? '', row]));
}

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}, ${process.platform}`;
}

function introduction(machine: string, citus: string | undefined): string {
  const title = citus === undefined ? 'The chat under faults' : 'The chat under faults, on Citus';
  const options = citus === undefined ? '' : ' --chat citus';
  const report = citus === undefined ? 'docs/faults.md' : 'docs/faults-citus.md';
  const servers =
    citus === undefined ? 'two\nPostgreSQL servers' : `a\nPostgreSQL, a coordinator with two workers (${citus})`;
  return `# ${title}

What \`npm run test:faults --${options} --fault (name) --rounds (rounds) --seed (seed) --report ${report}\` found last; each row has its own date and
commit. Machine: ${machine}; two nodes, ${servers}, Redis, proxies and all clients share it. [What is done and how it is judged](../server/test/faults/README.md).

_acked again_: acks for a message that was there already: a twin, which one client sends on purpose, or one whose first ack had been lost. Messages
that were sent and not acked were refused, to a room that was closed by then or by somebody whose access had ended. _Worst healing_: from the end of the
fault until every device had every message and every ack.
`;
}
