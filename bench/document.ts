import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { median, type Ratio, type Table } from './report.ts';

const path = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

/** Replaces what stands in docs/performance.md between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`; the rest is for people to write. */
export function writeDown(name: string, text: string): void {
  const before = readFileSync(path, 'utf8');
  const [start, end] = placeOf(before, name);
  writeFileSync(path, `${before.slice(0, start)}\n\n${text.trim()}\n\n${before.slice(end)}`);
}

/** Before anything is measured. @throws Error naming what has no place in the document. */
export function refuseWithoutPlaces(names: readonly string[]): void {
  const text = readFileSync(path, 'utf8');
  for (const name of names) placeOf(text, name);
}

function placeOf(text: string, name: string): [start: number, end: number] {
  const [opening, closing] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [start, end] = [text.indexOf(opening) + opening.length, text.indexOf(closing)];
  if (start < opening.length || end < start)
    throw new Error(`docs/performance.md has no place for ${name}: write ${opening} and ${closing} where it belongs.`);
  return [start, end];
}

export function asMarkdown({ tables, ratios }: { tables: readonly Table[]; ratios: readonly Ratio[] }): string {
  const parts = tables.map(({ title, rows }) => `${title}:\n\n${tableOf(rows)}`);
  const lines = ratios.map(({ name, rounds, less, unit }) => {
    const text = (value: number) => (unit === undefined ? value.toFixed(2) : `${value.toFixed(1)} ${unit}`);
    const range = `${text(Math.min(...rounds))} to ${text(Math.max(...rounds))}`;
    return `- ${name}: **${text(median(rounds))}** (${range})${less ? ', less is better' : ''}`;
  });
  return [...parts, lines.join('\n')].join('\n\n');
}

export function tableOf(rows: readonly Record<string, string | number>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, index) => Math.max(3, ...lines.map((line) => line[index]?.length ?? 0)));
  const padded = lines.map((line) => `| ${line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [padded[0], rule, ...padded.slice(1)].join('\n');
}

/** What has to be known of a run to judge its numbers; `end` says it. */
export function observe(): { end(): string } {
  const [loadBefore = 0] = loadavg();
  const [total, stolen] = ticks();
  return {
    end: () => {
      const [totalNow, stolenNow] = ticks();
      const share = (100 * (stolenNow - stolen)) / Math.max(1, totalNow - total);
      const date = new Date().toISOString().slice(0, 10);
      // What a bench itself keeps waiting is less.
      const company =
        loadBefore > 2 * cpus().length ? ' Others were at work there: answers a second and times say little.' : '';
      return `${date}, Node ${process.versions.node}, ${cpus().length} cores; the load average before it was ${loadBefore.toFixed(1)}, and ${share.toFixed(0)} % of the CPU was stolen meanwhile.${company}`;
    },
  };
}

/** proc_stat(5): all there were, and those that the host gave to others. */
function ticks(): [total: number, stolen: number] {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const numbers = first.split(/\s+/).slice(1, 9).map(Number);
  return [numbers.reduce((sum, value) => sum + value, 0), numbers[7] ?? 0];
}
