import { fileURLToPath } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import { createPeople } from '../faults/clients/people.ts';
import { Cleanup } from '../faults/cluster/cleanup.ts';
import { createRandom } from '../faults/random.ts';
import { complaintOf, isFine, keepRound, lineOf } from '../faults/report.ts';
import { type RoundResult, runRound } from '../faults/round.ts';
import { needsRedis } from '../redis.ts';
import { type ActName, acts } from './acts.ts';
import { Ledger } from './ledger.ts';
import type { LoadReport } from './load.ts';
import { startProgress } from './progress.ts';
import { type ClusterStand, startStand } from './stand.ts';
import { writeReport } from './table.ts';

const usage = `Usage: npm run test:cluster -- [options]

  --rounds n    so many rounds in which nodes and Redis are killed and all is restarted, then one with a failover; 3 by default
  --act a       this act alone: ${Object.keys(acts).join(', ')}
  --seed s      decides whom what hits and when; a random one by default
  --report file writes what came of it into this file
  --short       every act once, cut down: for CI`;

type Plan = { act: ActName; seed: string }[];

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const progress = startProgress((line) => void process.stdout.write(`${line}\n`));
const { say, step } = progress;
/** Several times what a busy machine needs: beyond them something hangs, and is named. */
const limitsS = { start: 400, people: 180, act: 420, round: 720, stop: 90 };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      act: { type: 'string' },
      report: { type: 'string' },
      seed: { type: 'string' },
      short: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1 on.');
  const { act } = values;
  if (act !== undefined && !isAct(act))
    throw new Error(`There is no act ${act}; there are ${Object.keys(acts).join(', ')}.`);
  const seed = values.seed ?? Math.random().toString(36).slice(2, 10);
  say(
    `Starting PostgreSQL twice, ${needsRedis('test:cluster') ? 'Redis' : 'no Redis'}, six nodes, two balancers. Seed ${seed}.`,
  );
  const stand = await step(limitsS.start, 'the cluster was to start', startStand(program, new Cleanup(), say));
  try {
    const count = values.short ? 1 : rounds;
    const plan = act === undefined ? makePlan(seed, count) : planOf(act, seed, count);
    return await play(stand, plan, { short: values.short, report: values.report });
  } finally {
    await step(limitsS.stop, 'what was started was to be stopped', stand.stop());
    say('All is stopped.');
  }
}

function isAct(name: string): name is ActName {
  return Object.hasOwn(acts, name);
}

/** With the seeds that it has in the whole. The failover is possible once. */
function planOf(act: ActName, seed: string, rounds: number): Plan {
  if (act === 'failed-over') return [{ act, seed }];
  return Array.from({ length: rounds }, (_, index) => ({ act, seed: `${seed}-${index + 1}` }));
}

function makePlan(seed: string, rounds: number): Plan {
  const random = createRandom(seed);
  const usual: ActName[] = ['nodes-killed', 'redis-killed', 'rolled'];
  const plan: Plan = [];
  for (let round = 1; round <= rounds; round += 1) {
    const waiting = [...usual];
    while (waiting.length > 0) {
      const act = random.pick(waiting);
      waiting.splice(waiting.indexOf(act), 1);
      plan.push({ act, seed: `${seed}-${round}` });
    }
  }
  return [...plan, { act: 'failed-over', seed }];
}

async function play(
  stand: ClusterStand,
  plan: Plan,
  { short, report }: { short: boolean; report: string | undefined },
): Promise<number> {
  say('Making the people');
  const people = await step(limitsS.people, 'people were to be made', createPeople(stand, Date.now().toString(36)));
  const ledger = new Ledger();
  const results: RoundResult<ActName>[] = [];
  const calls = { calls: 0, failed: 0 };
  const count = ({ requests, failed }: LoadReport) => {
    calls.calls += requests;
    calls.failed += failed.length;
  };
  for (const { act, seed } of plan) {
    say(`${act}: ${acts[act].what}`);
    const round = runRound({
      ...{ cluster: stand, people, fault: act, seed, short },
      run: (stage) => step(limitsS.act, act, acts[act].run({ ...stage, count, did: told(stage.did) })),
      onPhase: (phase) => say(`  ${phase}`),
    });
    const result = await step(limitsS.round, `the round of ${act}`, round);
    results.push(result);
    ledger.add(result.round);
    say(lineOf(result));
    if (isFine(result)) continue;
    say(complaintOf(result));
    const outputs = Object.fromEntries(stand.nodes.map(({ name, output }) => [name, output]));
    say(`    history: ${keepRound(result, outputs)}`);
    // Nobody knows in what state that leaves the cluster.
    if (result.error !== null) break;
  }
  const missing = await step(limitsS.people, 'all acked messages were to be looked for', ledger.missing(stand));
  say(`${ledger.size} messages were acked in all rounds; ${missing.length} of them are not stored.`);
  for (const line of missing.slice(0, 5)) say(`  lost: ${line}`);
  const totals = { acked: ledger.size, lost: missing.length, ...calls };
  const command = `npm run test:cluster -- ${process.argv.slice(2).join(' ')}`;
  if (report !== undefined) await writeReport(report, results, { command, ...totals });
  const broken = results.filter((result) => !isFine(result)).length;
  const played = results.length;
  const holds = broken === 0 && missing.length === 0;
  say(
    holds
      ? `The promise held in all ${played} rounds.`
      : `The promise broke, in ${broken} of ${played} rounds of ${plan.length}.`,
  );
  return holds ? 0 : 1;
}

/** At once, for whoever watches, and into the history. */
function told(did: (what: string) => void): (what: string) => void {
  return (what) => {
    say(`  ${what}`);
    did(what);
  };
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${inspect(error)}\n`);
  return 1;
});
// Connections of fetch that are kept alive are not waited for.
process.exit();
