import { AsyncLocalStorage } from 'node:async_hooks';

/** What came out of each round: how two things that were measured in turn compare, or a number with a unit of its own. */
export type Ratio = { name: string; rounds: readonly number[]; less: boolean; unit?: string };
export type Table = { title: string; rows: Record<string, string | number>[] };
type Said = { tables: Table[]; ratios: Ratio[] };

const listening = new AsyncLocalStorage<Said>();

/** Runs a bench. @returns what it said, for a whole run to write it down; two may run side by side. */
export async function listenTo(run: () => Promise<void>): Promise<Said> {
  const said: Said = { tables: [], ratios: [] };
  await listening.run(said, run);
  return said;
}

/** @returns the middle one; of an even number, the upper of the two. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** Says how two things that were measured in turn compare, round by round, of as many as both have. */
export function sayRatio(name: string, above: readonly number[], below: readonly number[], less = false): void {
  const rounds = above.slice(0, below.length).map((value, round) => value / (below[round] ?? Number.NaN));
  listening.getStore()?.ratios.push({ name, rounds, less });
  const all = rounds.map((ratio) => ratio.toFixed(2)).join(', ');
  process.stdout.write(`${name} = ${median(rounds).toFixed(2)} (${all})${less ? ', less is better' : ''}\n`);
}

/** Says a number that has a bound by itself. Less is better. */
export function sayBounded(name: string, rounds: readonly number[], unit: string): void {
  listening.getStore()?.ratios.push({ name, rounds, less: true, unit });
  const all = rounds.map((value) => value.toFixed(1)).join(', ');
  process.stdout.write(`${name} = ${median(rounds).toFixed(1)} ${unit} (${all}), less is better\n`);
}

/** A table of one line for each thing that was measured: medians, to so many digits. */
export function sayMedians(title: string, results: Map<string, Record<string, number>[]>): void {
  const rows = [...results].map(([server, rounds]) => {
    const columns = Object.keys(rounds[0] ?? {}).map((column) => [
      column,
      Number(median(rounds.map((round) => round[column] ?? 0)).toPrecision(4)),
    ]);
    return { server, ...Object.fromEntries(columns) };
  });
  sayTable(title, rows);
}

export function sayTable(title: string, rows: Table['rows']): void {
  listening.getStore()?.tables.push({ title, rows });
  process.stdout.write(`\n${title}\n`);
  console.table(rows);
}
