import type { Cluster } from '../cluster/cluster.ts';
import { sleep } from '../sleep.ts';
import type { Fault, Stage } from './fault.ts';

const needsCitus = ({ citus }: Cluster) => (citus === null ? 'the chat database is no Citus (--chat citus)' : null);

export const workerKilled: Fault = {
  what: 'kill -9 of a worker of Citus with all its children',
  missing: needsCitus,
  run: (stage) => killTwice(stage, 'worker'),
};

export const coordinatorKilled: Fault = {
  what: 'kill -9 of the coordinator of Citus with all its children',
  missing: needsCitus,
  run: (stage) => killTwice(stage, 'coordinator'),
};

async function killTwice({ cluster: { citus }, random, did }: Stage, role: 'worker' | 'coordinator'): Promise<void> {
  if (citus === null) return;
  const { cluster } = citus;
  for (let time = 0; time < 2; time += 1) {
    cluster.kill(role === 'worker' ? random.pick(cluster.workers) : cluster.coordinator);
    did(`killed a ${role}`);
    await sleep(random.between(200, 1500));
    await citus.answers();
    await sleep(random.between(300, 1000));
  }
}

export const workerPaused: Fault = {
  what: 'a worker of Citus stands still (SIGSTOP) for 15 s',
  missing: needsCitus,
  run: async ({ cluster: { citus }, random, short, did }) => {
    if (citus === null) return;
    const worker = random.pick(citus.cluster.workers);
    const ms = short ? 5000 : 15_000;
    worker.pause();
    did(`stopped a worker for ${ms} ms`);
    await sleep(ms);
    worker.goOn();
    await citus.answers();
  },
};
