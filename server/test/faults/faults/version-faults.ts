import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { unpackVersion } from '../cluster/previous-version.ts';
import { sleep } from '../sleep.ts';
import type { Fault, Stage } from './fault.ts';

export const versionsMixed: Fault = {
  what: 'an update is rolled back node by node and rolled out again: two versions side by side',
  missing: ({ previous }) => ('missing' in previous ? previous.missing : null),
  run: async (stage) => {
    const { cluster } = stage;
    const today = cluster.nodes.map(({ program }) => program);
    const before = programBefore(cluster);
    try {
      await roll(stage, () => before);
    } finally {
      await roll(stage, (index) => today[index]);
    }
  },
};

function programBefore({ previous, folder }: Cluster): string {
  if ('missing' in previous) throw new Error(previous.missing);
  const own = join(folder, `version-${previous.commit.slice(0, 12)}`);
  const program = join(own, 'server/src/main.ts');
  return existsSync(program) ? program : unpackVersion(previous.commit, own);
}

async function roll({ cluster, random, did }: Stage, programOf: (index: number) => string | undefined): Promise<void> {
  const { previous } = cluster;
  for (const [index, node] of cluster.nodes.entries()) {
    const program = programOf(index);
    await node.terminate();
    await node.start({}, program);
    const version =
      'commit' in previous && program?.includes(previous.commit.slice(0, 12)) ? previous.commit.slice(0, 9) : 'today';
    did(`${node.name} runs ${version}`);
    await sleep(random.between(500, 1500));
  }
}
