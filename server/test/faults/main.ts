import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createPeople, type People } from './clients/people.ts';
import { Cleanup } from './cluster/cleanup.ts';
import { type Cluster, startCluster } from './cluster/cluster.ts';
import type { Fault } from './faults/fault.ts';
import { citusFaults, type FaultName, faultNames, faults, plainFaults, shortFaults } from './faults/index.ts';
import { runMutations } from './mutations/run-mutations.ts';
import { createRandom } from './random.ts';
import { complaintOf, isFine, keepRound, lineOf, reproduction } from './report.ts';
import { type RoundResult, runRound } from './round.ts';
import { writeSummary } from './summary.ts';

const usage = `Usage: npm run test:faults -- [options]

  --fault a,b       these faults only; all by default
  --rounds n        so many rounds of each, 1 by default
  --seed s          of the first round of each; a random one by default. It decides whom the faults hit and when
  --short           a handful of faults, one round each with a fixed seed, one more with a random one: what CI runs
  --report file     writes the results into the table of this file; rows of other faults stay
  --chat citus      the chat database on Citus, which has to be installed: a coordinator and two workers
  --previous commit what an update comes from; the newest tag, or about twenty commits back
  --mutations       breaks copies of the server on purpose and looks whether each break is found; --only a,b for some

Faults: ${faultNames.join(', ')}`;

type Plan = { fault: FaultName; seed: string }[];

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** Of the rounds that CI plays each time. */
const shortSeed = 'ci';
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
      previous: { type: 'string' },
      chat: { type: 'string', default: 'postgres' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(usage);
    return 0;
  }
  const { short } = values;
  if (!['postgres', 'citus'].includes(values.chat)) throw new Error('--chat takes postgres or citus.');
  const onCitus = values.chat === 'citus';
  const usual = onCitus ? citusFaults : plainFaults;
  const names = readNames(values.fault) ?? (short ? shortFaults : usual);
  const chance = Math.random().toString(36).slice(2, 10);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1 on.');
  const plan = makePlan(names, rounds, values.seed ?? (short ? shortSeed : chance));
  // One that nobody chose: over the months CI sees many.
  if (short && values.seed === undefined) plan.push({ fault: createRandom(chance).pick(names), seed: chance });
  const startedAt = performance.now();
  const cluster = await startCluster(program, new Cleanup(), { previous: values.previous, onCitus });
  say(
    `Two nodes, ${onCitus ? 'PostgreSQL and a Citus of three' : 'two PostgreSQL servers'}, ${cluster.redis === null ? 'no Redis' : 'Redis'}; ready after ${secondsSince(startedAt)} s.`,
  );
  try {
    const only = values.only?.split(',');
    if (values.mutations) return await runMutations(cluster, { seed: values.seed ?? chance, only, say });
    return await runFaults(cluster, plan, { short, report: values.report });
  } finally {
    await cluster.stop();
    say(`${secondsSince(startedAt)} s in all.`);
  }
}

function makePlan(names: readonly FaultName[], rounds: number, seed: string): Plan {
  return names.flatMap((fault) => {
    const seeds = createRandom(seed);
    return Array.from({ length: rounds }, (_, index) => ({
      fault,
      seed: index === 0 ? seed : seeds.between(1, 1e9).toString(36),
    }));
  });
}

async function runFaults(
  cluster: Cluster,
  plan: Plan,
  { short, report }: { short: boolean; report: string | undefined },
): Promise<number> {
  const results: RoundResult<FaultName>[] = [];
  const leftOut = new Map<FaultName, string>();
  let people: People | null = null;
  let peopleOf: FaultName | null = null;
  for (const [index, { fault: name, seed }] of plan.entries()) {
    const fault: Fault = faults[name];
    const why = fault.missing?.(cluster) ?? null;
    if (why !== null) {
      if (!leftOut.has(name)) say(`- ${name} is left out: ${why}.`);
      leftOut.set(name, why);
      continue;
    }
    // New people for each fault, so that nobody collects hundreds of rooms; in the short version there are few.
    if (people === null || (peopleOf !== name && !short)) people = await createPeople(cluster, Date.now().toString(36));
    peopleOf = name;
    const result = await runRound({ cluster, people, fault: name, run: (stage) => fault.run(stage), seed, short });
    results.push(result);
    say(lineOf(result));
    if (!isFine(result)) explain(cluster, result, short);
    // After each fault, so that a long run that is broken off leaves what it has found.
    if (report !== undefined && plan[index + 1]?.fault !== name)
      await writeSummary(report, results, leftOut, cluster.citus?.versions);
  }
  if (report !== undefined) await writeSummary(report, results, leftOut, cluster.citus?.versions);
  const failed = results.filter((result) => !isFine(result)).length;
  const rounds = `${results.length} rounds`;
  say(failed === 0 ? `The promise held in all ${rounds}.` : `The promise broke in ${failed} of ${rounds}.`);
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
// Connections of fetch that are kept alive are not waited for.
process.exit();
