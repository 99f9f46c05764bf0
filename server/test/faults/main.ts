import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createPeople } from './clients/people.ts';
import { Cleanup } from './cluster/cleanup.ts';
import { type Cluster, startCluster } from './cluster/cluster.ts';
import type { Fault } from './faults/fault.ts';
import { type FaultName, faultNames, faults, shortFaults } from './faults/index.ts';
import { runMutations } from './mutations/run-mutations.ts';
import { createRandom } from './random.ts';
import { complaintOf, isFine, keepRound, lineOf, reproduction } from './report.ts';
import { type RoundResult, runRound } from './round.ts';
import { writeSummary } from './summary.ts';

const usage = `Usage: npm run test:faults -- [options]

  --fault a,b       these faults only; all by default
  --rounds n        so many rounds of each, 1 by default
  --seed s          of the first round; a random one by default. It decides whom the faults hit and when
  --short           a handful of faults, one round each, cut short: what CI runs
  --report file     writes the results into the table of this file; rows of other faults stay
  --mutations       breaks copies of the server on purpose and looks whether each break is found; --only a,b for some

Faults: ${faultNames.join(', ')}`;

type Options = { names: readonly FaultName[]; rounds: number; seed: string; short: boolean; report: string | undefined };

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      fault: { type: 'string' },
      rounds: { type: 'string', default: '1' },
      seed: { type: 'string' },
      short: { type: 'boolean', default: false },
      report: { type: 'string' },
      mutations: { type: 'boolean', default: false },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(usage);
    return 0;
  }
  const { short } = values;
  const names = readNames(values.fault) ?? (short ? shortFaults : faultNames);
  const seed = values.seed ?? Math.random().toString(36).slice(2, 10);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1 on.');
  const startedAt = performance.now();
  const cluster = await startCluster(program, new Cleanup());
  say(`Two nodes, two PostgreSQL servers, ${cluster.redis === null ? 'no Redis' : 'Redis'}; ready after ${secondsSince(startedAt)} s.`);
  try {
    if (values.mutations) return await runMutations(cluster, { seed, only: values.only?.split(','), say });
    return await runFaults(cluster, { names, rounds, seed, short, report: values.report });
  } finally {
    await cluster.stop();
    say(`${secondsSince(startedAt)} s in all.`);
  }
}

async function runFaults(cluster: Cluster, { names, rounds, seed, short, report }: Options): Promise<number> {
  const results: RoundResult[] = [];
  const leftOut = new Map<FaultName, string>();
  for (const name of names) {
    const fault: Fault = faults[name];
    const why = fault.missing?.(cluster) ?? null;
    if (why !== null) {
      leftOut.set(name, why);
      say(`- ${name} is left out: ${why}.`);
      continue;
    }
    const people = await createPeople(cluster, `${name}.${Date.now().toString(36)}`);
    const seeds = createRandom(seed);
    for (let number = 1; number <= rounds; number += 1) {
      const own = number === 1 ? seed : seeds.between(1, 1e9).toString(36);
      const result = await runRound({ cluster, people, fault: name, seed: own, short });
      results.push(result);
      say(lineOf(result));
      if (!isFine(result)) explain(cluster, result, short);
    }
  }
  if (report !== undefined) await writeSummary(report, results, leftOut);
  const failed = results.filter((result) => !isFine(result)).length;
  say(failed === 0 ? `The promise held in all ${results.length} rounds.` : `The promise broke in ${failed} of ${results.length} rounds.`);
  return failed === 0 ? 0 : 1;
}

function explain(cluster: Cluster, result: RoundResult, short: boolean): void {
  const outputs = Object.fromEntries(cluster.nodes.map(({ name, output }) => [name, output]));
  say(complaintOf(result));
  say(`    history: ${keepRound(result, outputs)}`);
  say(`    again:   ${reproduction(result, short)}`);
}

function readNames(list: string | undefined): FaultName[] | null {
  if (list === undefined) return null;
  return list.split(',').map((item) => {
    const name = faultNames.find((known) => known === item.trim());
    if (name === undefined) throw new Error(`There is no fault "${item}". There are ${faultNames.join(', ')}.`);
    return name;
  });
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
});
process.exit();
