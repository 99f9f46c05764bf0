import type { Stage } from '../faults/faults/fault.ts';
import { sleep } from '../faults/sleep.ts';
import { type LoadReport, startLoad } from './load.ts';
import type { ClusterStand, Node } from './stand.ts';

type ClusterStage = Stage<ClusterStand>;

/** What happens to the cluster while people talk. */
export type Act = { what: string; run(stage: ClusterStage): Promise<void> };

/** Fewer than one call in ten thousand may fail while every node is restarted. */
const mostFailed = 1 / 10_000;

const nodesKilled: Act = {
  what: 'kill -9 of nodes of any role, one after the other, each started again',
  run: async (stage) => {
    const { cluster, random, short, did } = stage;
    const chosen = new Set<Node>();
    while (chosen.size < (short ? 2 : 4)) chosen.add(random.pick(cluster.nodes));
    for (const node of chosen) {
      await node.kill();
      did(`killed ${node.name}`);
      await sleep(random.between(200, 1200));
      await node.start();
    }
  },
};

const rolled: Act = {
  what: 'a rolling restart of every node, under calls of which fewer than 1 in 10,000 may fail',
  run: async ({ cluster, scene, did }) => {
    const stop = startLoad(cluster.doors, scene.sessions.ana.token);
    try {
      for (const number of ['1', '2']) {
        // One of each role at a time: the other one of each goes on.
        await Promise.all(cluster.nodes.filter(({ name }) => name.endsWith(number)).map(restart));
        did(`restarted node ${number} of each role`);
      }
    } finally {
      judge(await stop(), did);
    }
  },
};

async function restart(node: Node): Promise<void> {
  const code = await node.terminate();
  if (code !== 0) throw new Error(`${node.name} ended with ${code} when it was told to stop:\n${node.output}`);
  await node.start();
}

function judge({ requests, failed, worstMs }: LoadReport, did: (what: string) => void): void {
  did(`${requests} calls, ${failed.length} failed, the slowest took ${Math.round(worstMs)} ms`);
  if (failed.length > requests * mostFailed)
    throw new Error(`${failed.length} of ${requests} calls failed:\n${failed.slice(0, 10).join('\n')}`);
}

const failedOver: Act = {
  what: 'kill -9 of the primary, and the promotion of its synchronous standby',
  run: async ({ cluster, random, did }) => {
    const { primary, standby } = cluster.pair;
    primary.kill();
    did('killed the primary');
    await sleep(random.between(300, 1500));
    await standby.promote();
    did('promoted the standby');
    // The old one comes back and takes writes, as one does that nobody keeps down: nobody may believe it.
    await primary.start();
    did('the old primary is back');
    await sleep(2000);
    await primary.stop();
  },
};

const redisKilled: Act = {
  what: 'kill -9 of Redis, which comes back empty',
  run: async ({ cluster, random, did }) => {
    if (cluster.redis === null) return;
    await cluster.redis.kill();
    did('killed Redis');
    await sleep(random.between(500, 2500));
    await cluster.redis.restart();
  },
};

/** There is one standby: it can be promoted once, at the end. */
export const acts = {
  'nodes-killed': nodesKilled,
  'redis-killed': redisKilled,
  rolled,
  'failed-over': failedOver,
} as const satisfies Record<string, Act>;

export type ActName = keyof typeof acts;
