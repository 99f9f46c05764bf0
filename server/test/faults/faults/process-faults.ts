import { sleep } from '../sleep.ts';
import { type Fault, needsProc, pickNode, type Stage } from './fault.ts';
import { openWitness } from './witness.ts';

export const nodeKilled: Fault = {
  what: 'kill -9 of a node, which is started again',
  run: async (stage) => {
    const node = pickNode(stage);
    const downMs = stage.random.between(200, 1500);
    // It takes longer than the short version has.
    const witness = stage.short ? null : await openWitness(stage, node);
    await node.kill();
    stage.did(`killed ${node.name}`);
    await Promise.all([sleep(downMs).then(() => node.start()), witness?.seesThemLeave()]);
  },
};

export const nodesRolled: Fault = {
  what: 'SIGTERM to one node after the other, as a rolling restart does',
  run: async ({ cluster, random, did }) => {
    for (const node of cluster.nodes) {
      await node.terminate();
      did(`terminated ${node.name}`);
      await node.start();
      await sleep(random.between(200, 800));
    }
  },
};

export const postgresKilled: Fault = {
  what: 'kill -9 of a PostgreSQL with all its children',
  missing: needsProc,
  run: async ({ cluster, random, did }) => {
    const { chat, main } = cluster;
    for (const victims of [[chat], random.pick([[main], [chat], [main, chat]])]) {
      for (const postgres of victims) {
        postgres.kill();
        did(`killed the ${postgres.name} database`);
      }
      await Promise.all(victims.map((postgres) => postgres.answers()));
      await sleep(random.between(300, 1000));
    }
  },
};

export const postgresPaused: Fault = {
  what: 'a PostgreSQL that stands still (SIGSTOP) for 15 s',
  missing: needsProc,
  run: (stage) => pause(stage, stage.short ? 5000 : 15_000),
};

async function pause({ cluster, random, did }: Stage, ms: number): Promise<void> {
  const postgres = random.pick([cluster.chat, cluster.chat, cluster.main]);
  postgres.pause();
  did(`stopped the ${postgres.name} database for ${ms} ms`);
  await sleep(ms);
  postgres.goOn();
  await postgres.answers();
}

export const diskFull: Fault = {
  what: 'the disk of the chat database is full',
  missing: ({ disk }) => (disk === null ? 'a disk of its own takes root, mkfs.ext4 and the right to mount' : null),
  run: async ({ cluster, random, did }) => {
    await cluster.disk?.fill();
    did('filled the disk of the chat database');
    // A checkpoint wants to write, and so finds out.
    await cluster.chat.query('CHECKPOINT').catch(() => {});
    await sleep(random.between(2000, 4000));
    await cluster.disk?.free();
    await cluster.chat.answers();
  },
};

export const clockJumps: Fault = {
  what: "a node's clock jumps ahead by minutes, and back",
  missing: ({ clock }) =>
    clock === null ? 'libfaketime is not installed (Debian: apt-get install libfaketime)' : null,
  run: async (stage) => {
    const { clock } = stage.cluster;
    if (clock === null) return;
    const node = pickNode(stage);
    clock.set('+0');
    await node.terminate();
    await node.start(clock.environment);
    for (let jump = 0; jump < 3; jump += 1) {
      // Less than an access token lasts: beyond that the node is right to refuse them.
      const aheadS = stage.random.between(30, 600);
      clock.set(`+${aheadS}`);
      stage.did(`${node.name} is ${aheadS} s ahead`);
      await sleep(stage.random.between(500, 1200));
      clock.set('+0');
      await sleep(stage.random.between(300, 800));
    }
    await node.terminate();
    await node.start();
  },
};
