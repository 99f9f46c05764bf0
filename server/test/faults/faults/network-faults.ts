import type { ClusterNode } from '../cluster/node.ts';
import { sleep } from '../sleep.ts';
import { type Fault, needsRedis, pickNode, type Stage } from './fault.ts';

export const answersLost: Fault = {
  what: 'PostgreSQL commits, and the connection is cut before its answer arrives',
  run: async ({ cluster, random, short, did }) => {
    let lost = 0;
    const lose = (answer: Buffer) => {
      const hit = random.chance(chanceToLose(answer.toString('latin1')));
      if (hit) lost += 1;
      return hit;
    };
    for (const { ways } of cluster.nodes) ways.chat.loseAnswers(lose);
    await sleep(short ? 3000 : 5000);
    for (const { ways } of cluster.nodes) ways.chat.loseAnswers(null);
    did(`lost ${lost} answers`);
  },
};

/** What has written says so by its tag, but for a statement that reads what it wrote: those with rows are lost now and then too. */
function chanceToLose(answer: string): number {
  if (/INSERT 0 [1-9]|COMMIT/.test(answer)) return 0.1;
  return /SELECT [1-9]/.test(answer) ? 0.04 : 0.005;
}

export const postgresCut: Fault = {
  what: 'the connections of a node to a PostgreSQL break, and new ones are refused',
  run: async (stage) => {
    const node = pickNode(stage);
    const database = stage.random.pick(['chat', 'main'] as const);
    node.ways[database].cut();
    stage.did(`cut ${node.name} off from the ${database} database`);
    await sleep(stage.random.between(1500, 4000));
    node.ways[database].mend();
  },
};

export const postgresSilent: Fault = {
  what: 'a partition between a node and a PostgreSQL: packets vanish, one way or both',
  run: async (stage) => {
    const node = pickNode(stage);
    const database = stage.random.pick(['chat', 'chat', 'main'] as const);
    const direction = stage.random.pick(['there', 'back', 'both'] as const);
    node.ways[database].silence(direction);
    stage.did(`nothing passes between ${node.name} and the ${database} database (${direction})`);
    // Now and then for longer than a statement and the ROLLBACK after it are waited for.
    await sleep(stage.short || stage.random.chance(0.6) ? stage.random.between(2000, 6500) : 10_000);
    node.ways[database].mend();
  },
};

export const redisCut: Fault = {
  what: 'the connections of a node to Redis break, and new ones are refused',
  missing: needsRedis,
  run: async (stage) => {
    const node = pickNode(stage);
    node.ways.redis?.cut();
    stage.did(`cut ${node.name} off from Redis`);
    await sleep(stage.random.between(1500, 4000));
    node.ways.redis?.mend();
  },
};

export const redisSilent: Fault = {
  what: 'a partition between a node and Redis: packets vanish, one way or both',
  missing: needsRedis,
  run: async (stage) => {
    const node = pickNode(stage);
    const direction = stage.random.pick(['there', 'back', 'both'] as const);
    node.ways.redis?.silence(direction);
    stage.did(`nothing passes between ${node.name} and Redis (${direction})`);
    await sleep(stage.random.between(2000, 7000));
    node.ways.redis?.mend();
  },
};

export const redisDeaf: Fault = {
  what: 'the Redis subscription of a node goes deaf without a sign',
  missing: needsRedis,
  run: async (stage) => {
    const deaf: ClusterNode[] = stage.random.chance(0.3) ? [...stage.cluster.nodes] : [pickNode(stage)];
    for (const node of deaf) node.ways.redis?.deafen();
    stage.did(`Redis no longer reaches ${deaf.map(({ name }) => name).join(' and ')}`);
    // It is never mended: the node has to notice.
    await sleep(stage.random.between(1500, 3000));
  },
};

export const redisKilled: Fault = {
  what: 'kill -9 of Redis, which comes back empty',
  missing: needsRedis,
  run: async ({ cluster, random, did }) => {
    await cluster.redis?.kill();
    did('killed Redis');
    await sleep(random.between(1000, 3000));
    await cluster.redis?.restart();
  },
};

export const redisPaused: Fault = {
  what: 'Redis stands still (SIGSTOP)',
  missing: needsRedis,
  run: async ({ cluster, random, did }) => {
    cluster.redis?.pause();
    did('stopped Redis');
    await sleep(random.between(2000, 5000));
    cluster.redis?.goOn();
  },
};

export const redisFlushed: Fault = {
  what: 'FLUSHALL and SCRIPT FLUSH, several times',
  missing: needsRedis,
  run: async ({ cluster, random, did }: Stage) => {
    for (let time = 1; time <= 4; time += 1) {
      await cluster.redis?.command('FLUSHALL');
      await cluster.redis?.command('SCRIPT', 'FLUSH');
      await sleep(random.between(200, 700));
    }
    did('flushed Redis four times');
  },
};
