import { sleep } from '../sleep.ts';
import { coordinatorKilled, workerKilled, workerPaused } from './citus-faults.ts';
import { neverReads, newsShuffled, socketsDropped } from './client-faults.ts';
import type { Fault } from './fault.ts';
import {
  answersLost,
  postgresCut,
  postgresSilent,
  redisCut,
  redisDeaf,
  redisFlushed,
  redisKilled,
  redisPaused,
  redisSilent,
} from './network-faults.ts';
import { clockJumps, diskFull, nodeKilled, nodesRolled, postgresKilled, postgresPaused } from './process-faults.ts';
import { versionsMixed } from './version-faults.ts';

export const faults = {
  none: { what: 'nothing goes wrong', run: () => sleep(2000) },
  'node-killed': nodeKilled,
  'nodes-rolled': nodesRolled,
  'versions-mixed': versionsMixed,
  'postgres-killed': postgresKilled,
  'answers-lost': answersLost,
  'postgres-paused': postgresPaused,
  'postgres-cut': postgresCut,
  'postgres-silent': postgresSilent,
  'redis-killed': redisKilled,
  'redis-flushed': redisFlushed,
  'redis-paused': redisPaused,
  'redis-deaf': redisDeaf,
  'redis-cut': redisCut,
  'redis-silent': redisSilent,
  'news-shuffled': newsShuffled,
  'never-reads': neverReads,
  'sockets-dropped': socketsDropped,
  'clock-jumps': clockJumps,
  'disk-full': diskFull,
  'worker-killed': workerKilled,
  'coordinator-killed': coordinatorKilled,
  'worker-paused': workerPaused,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];

/** What can go wrong with the machines of a distributed chat database, and nowhere else. */
const distributed: readonly FaultName[] = ['worker-killed', 'coordinator-killed', 'worker-paused'];
/** By default, with the chat database on one PostgreSQL. */
export const plainFaults = faultNames.filter((name) => !distributed.includes(name));
/** By default, with the chat database on Citus: what that has to do with. An update from a version that did not run on it is none. */
export const citusFaults: readonly FaultName[] = [
  ...(['none', 'node-killed', 'nodes-rolled', 'postgres-killed', 'answers-lost', 'postgres-paused'] as const),
  ...(['postgres-cut', 'postgres-silent', 'news-shuffled'] as const),
  ...distributed,
];

/** What the short version injects, in CI. */
export const shortFaults: readonly FaultName[] = [
  'node-killed',
  'postgres-killed',
  'answers-lost',
  'news-shuffled',
  'redis-cut',
];
