import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPeople } from '../clients/people.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { faults } from '../faults/index.ts';
import { lineOf } from '../report.ts';
import { type RoundResult, runRound } from '../round.ts';
import type { Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';

type Options = { seed: string; only: readonly string[] | undefined; say(line: string): void };

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** A break may need luck to show; this often it is tried before it counts as not found. */
const maxRounds = 3;

/**
 * A test of the tests: the nodes run a copy of the server that breaks the promise, and the checker has to say so, by one of the
 * invariants that the break is about.
 * @returns 0 when every break is found, else 1
 */
export async function runMutations(cluster: Cluster, { seed, only, say }: Options): Promise<number> {
  const chosen = Object.entries(mutations).filter(([name]) => only === undefined || only.includes(name));
  if (chosen.length === 0)
    throw new Error(`There is no such mutation. There are ${Object.keys(mutations).join(', ')}.`);
  // Before anything runs: a text that is gone is to be heard of at once.
  for (const [name, mutation] of chosen) checkTexts(name, mutation);
  let missed = 0;
  for (const [index, [name, mutation]] of chosen.entries()) {
    const folder = join(cluster.folder, `mutant-${index}`);
    const program = writeMutant(folder, mutation);
    for (const node of cluster.nodes) await node.kill();
    await Promise.all(cluster.nodes.map((node) => node.start({}, program)));
    const found = await tryToFind(cluster, mutation, { seed, say });
    if (found === null) missed += 1;
    say(found === null ? `✗ not found: ${name}` : `✓ found: ${name}, by: ${[...found.broken.keys()].join(', ')}`);
    for (const node of cluster.nodes) await node.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  const count = `${chosen.length} breaks`;
  say(missed === 0 ? `All ${count} were found.` : `${missed} of ${count} were not found.`);
  return missed === 0 ? 0 : 1;
}

/** @returns the first round in which one of the expected invariants did not hold */
async function tryToFind(
  cluster: Cluster,
  { fault, expect }: Mutation,
  { seed, say }: Pick<Options, 'seed' | 'say'>,
): Promise<RoundResult | null> {
  const people = await createPeople(cluster, Date.now().toString(36));
  for (let number = 1; number <= maxRounds; number += 1) {
    const own = number === 1 ? seed : `${seed}-${number}`;
    // A round that cannot be played is one in which nothing was found, and no reason to give up the rest.
    const result = await runRound({
      cluster,
      people,
      fault,
      run: (stage) => faults[fault].run(stage),
      seed: own,
      short: true,
    }).catch((error: Error) => error);
    if (result instanceof Error) {
      say(`  round ${number} could not be played: ${result.message}`);
      continue;
    }
    if (expect.some((invariant) => result.broken.has(invariant))) return result;
    say(`  not in round ${number}: ${lineOf(result)}`);
  }
  return null;
}

function checkTexts(name: string, { edits }: Mutation): void {
  for (const { file, find } of edits) {
    const count = readFileSync(join(root, 'server/src', file), 'utf8').split(find).length - 1;
    if (count !== 1) {
      throw new Error(
        `The mutation "${name}" looks for a text that stands ${count} times in server/src/${file}, not once. Bring it up to date in server/test/faults/mutations. The text:\n${find}`,
      );
    }
  }
}

/** A copy of the server in a folder that looks like the repository, with the mutation in it. @returns its main.ts */
function writeMutant(folder: string, { edits }: Mutation): string {
  const server = join(folder, 'server');
  mkdirSync(server, { recursive: true });
  for (const part of ['src', 'migrations', 'package.json'])
    cpSync(join(root, 'server', part), join(server, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, find, replace } of edits) {
    const path = join(server, 'src', file);
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(find, () => replace),
    );
  }
  return join(server, 'src', 'main.ts');
}
