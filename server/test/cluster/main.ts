import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createPeople } from '../faults/clients/people.ts';
import { Cleanup } from '../faults/cluster/cleanup.ts';
import { createRandom } from '../faults/random.ts';
import { complaintOf, isFine, keepRound, lineOf } from '../faults/report.ts';
import { runRound } from '../faults/round.ts';
import { type ActName, acts } from './acts.ts';
import { type ClusterStand, startStand } from './stand.ts';

const usage = `Usage: npm run test:cluster -- [options]

  --rounds n    so many rounds in which nodes and Redis are killed and all is restarted, then one with a failover; 3 by default
  --seed s      decides whom what hits and when; a random one by default
  --short       every act once, cut down: for CI`;

type Plan = { act: ActName; seed: string }[];

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      seed: { type: 'string' },
      short: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(usage);
    return 0;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1 on.');
  const seed = values.seed ?? Math.random().toString(36).slice(2, 10);
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
  const stand = await startStand(program, new Cleanup());
  say(
    `Six nodes, two of each role, behind two balancers; a primary and its standby; ${stand.redis === null ? 'no Redis' : 'Redis'}. Ready after ${seconds()} s, seed ${seed}.`,
  );
  try {
    return await play(stand, makePlan(seed, values.short ? 1 : rounds), values.short);
  } finally {
    await stand.stop();
    say(`${seconds()} s in all.`);
  }
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

async function play(stand: ClusterStand, plan: Plan, short: boolean): Promise<number> {
  const people = await createPeople(stand, Date.now().toString(36));
  let failed = 0;
  for (const { act, seed } of plan) {
    const result = await runRound({ cluster: stand, people, fault: act, run: acts[act].run, seed, short });
    say(lineOf(result));
    if (isFine(result)) continue;
    failed += 1;
    say(complaintOf(result));
    const outputs = Object.fromEntries(stand.nodes.map(({ name, output }) => [name, output]));
    say(`    history: ${keepRound(result, outputs)}`);
  }
  say(
    failed === 0
      ? `The promise held in all ${plan.length} rounds.`
      : `The promise broke in ${failed} of ${plan.length}.`,
  );
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
});
// Connections of fetch that are kept alive are not waited for.
process.exit();
