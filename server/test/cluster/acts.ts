import { eventually } from '../eventually.ts';
import type { Stage } from '../faults/faults/fault.ts';
import { sleep } from '../faults/sleep.ts';
import { goodbyesOf } from './departures.ts';
import { type LoadReport, startLoad } from './load.ts';
import { startNaming } from './naming.ts';
import { isServing, restart } from './restart.ts';
import type { ClusterStand, Node } from './stand.ts';

type ClusterStage = Stage<ClusterStand> & {
  /** What a rolling restart cost its callers. */
  count(report: LoadReport): void;
};

/** What happens to the cluster while people talk. */
export type Act = { what: string; run(stage: ClusterStage): Promise<void> };

/** Fewer than one call in ten thousand may fail while every node is restarted. */
const mostFailed = 1 / 10_000;
/** A matter of seconds; a busy machine is slow. What is waited for for longer does not come. */
const patienceMs = 120_000;

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
      await isServing(cluster, node);
    }
  },
};

const rolled: Act = {
  what: 'a rolling restart of every node, under calls of which fewer than 1 in 10,000 may fail, and nothing under way may be left',
  run: async (stage) => {
    const { cluster, scene, did } = stage;
    const { events } = scene.place.history;
    const before = events.length;
    const { report, stop } = startLoad(scene);
    try {
      // Workers beside those of the api: nobody calls them, and two that start are enough for two cores.
      for (const names of [['api-1', 'worker-1'], ['chat-1'], ['api-2', 'worker-2'], ['chat-2']]) {
        const nodes = cluster.nodes.filter(({ name }) => names.includes(name));
        await Promise.all(nodes.map(async (node) => did(await restart(stage, node))));
      }
    } finally {
      await stop();
      did(reportOf(report));
      stage.count(report);
    }
    const { kept, rude } = goodbyesOf(events, before);
    did(`${kept} sockets were sent away with a word`);
    if (rude.length > 0) throw new Error(`${rude.length} sockets ended without one:\n${rude.slice(0, 10).join('\n')}`);
    if (kept === 0) throw new Error('No socket was sent away: nothing is known of how they are.');
    const { requests, failed } = report;
    if (failed.length > 0 && failed.length >= requests * mostFailed)
      throw new Error(`${failed.length} of ${requests} calls failed:\n${failed.slice(0, 10).join('\n')}`);
  },
};

function reportOf({ requests, failed, putOff, worstMs }: LoadReport): string {
  const late = putOff.length === 0 ? '' : `, ${putOff.length} put off since the machine had no time`;
  return `${requests} calls, ${failed.length} failed${late}, the slowest took ${Math.round(worstMs)} ms`;
}

const failedOver: Act = {
  what: 'kill -9 of the primary, and the promotion of its synchronous standby',
  run: async ({ cluster, scene, random, did }) => {
    const { primary, standby } = cluster.pair;
    const naming = startNaming(scene);
    await naming.works();
    primary.kill();
    did('killed the primary');
    await sleep(random.between(300, 1500));
    await standby.promote();
    did('promoted the standby');
    // The old one comes back and takes writes, as one does that nobody keeps down: nobody may believe it.
    await primary.start();
    did('the old primary is back');
    await naming.works();
    await eventually(
      'every node has looked at the old primary',
      async () => {
        const looking = await primary.query(
          'postgres',
          `${connected} AND application_name = 'openward-watch' AND state = 'idle' AND datname = 'openward'`,
        );
        return looking.length >= cluster.nodes.length;
      },
      patienceMs,
    );
    await naming.works();
    // What came in the moment before the nodes knew waits there for the standby's word, which never comes.
    await eventually(
      'nobody works with the old primary',
      async () => {
        const working = await primary.query(
          'postgres',
          `${connected} AND application_name <> 'openward-watch' AND wait_event IS DISTINCT FROM 'SyncRep'`,
        );
        return working.length === 0;
      },
      patienceMs,
    );
    did(await naming.judge());
    primary.kill();
  },
};

const connected = `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'openward-%'`;

const redisKilled: Act = {
  what: 'kill -9 of Redis, which comes back empty',
  run: async ({ cluster, random, did }) => {
    const { redis, nodes } = cluster;
    if (redis === null) return;
    const heard = () =>
      eventually(
        `all ${nodes.length} nodes hear each other over Redis`,
        async () => {
          const answer = await redis.command('PUBSUB', 'NUMSUB', 'openward:bus').catch(() => '');
          return Number(answer.split(':').at(-1)) === nodes.length;
        },
        patienceMs,
      );
    await heard();
    await redis.kill();
    did('killed Redis');
    await sleep(random.between(500, 2500));
    await redis.restart();
    await heard();
    did('all nodes are back on it');
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
