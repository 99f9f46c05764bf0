import type { RoundResult } from '../faults/round.ts';
import { type Subject, writeTable } from '../faults/summary.ts';
import { type ActName, acts } from './acts.ts';

/** What a whole run came to, beyond its rounds. */
export type Totals = {
  command: string;
  /** Messages that were acknowledged in any round, and how many of them are not stored at the end. */
  acked: number;
  lost: number;
  /** Calls during rolling restarts that nobody tries again, and those that failed. */
  calls: number;
  failed: number;
};

/** Writes what came of a run into a Markdown file. */
export async function writeReport(
  file: string,
  results: readonly RoundResult<ActName>[],
  totals: Totals,
): Promise<void> {
  const { command, acked, lost, calls, failed } = totals;
  const number = (value: number) => value.toLocaleString('en');
  const subject: Subject<ActName> = {
    names: Object.keys(acts) as ActName[],
    what: (name) => acts[name].what,
    introduction: (machine) => `# The cluster under load

What \`${command}\` found last. Machine: ${machine}; six nodes, two balancers, a primary with its synchronous standby, Redis and all
clients share it. [What is done and how it is judged](../server/test/faults/README.md#many-nodes).

**Messages**: ${number(acked)} were acknowledged in all rounds; at the end, on the server that was promoted, ${number(lost)} of them were missing. **Calls** that nobody tries again, during the
rolling restarts: ${number(calls)}, of which ${number(failed)} failed. The columns are those of [the chat under faults](faults.md).
`,
  };
  await writeTable(file, subject, results);
}
