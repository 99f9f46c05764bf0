import type { Cluster, Stand } from '../cluster/cluster.ts';
import type { ClusterNode } from '../cluster/node.ts';
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';

export type Stage<S extends Stand = Cluster> = {
  cluster: S;
  scene: Scene;
  /** Decides whom it hits and when: the same seed, the same schedule. */
  random: Random;
  /** The short version: lengths are cut down. */
  short: boolean;
  /** Writes into history and report what was done. */
  did(what: string): void;
};

/** Something that goes wrong, and is over when `run` returns: processes run again, ways are mended. */
export type Fault = {
  what: string;
  /** Why this machine cannot have it, or null. */
  missing?(cluster: Cluster): string | null;
  run(stage: Stage): Promise<void>;
};

export function pickNode({ cluster, random }: Stage): ClusterNode {
  return random.pick(cluster.nodes);
}

export const needsRedis = ({ redis }: Cluster) => (redis === null ? 'redis-server is not installed' : null);

export const needsProc = () => (process.platform === 'linux' ? null : 'it finds processes by /proc, which is of Linux');
