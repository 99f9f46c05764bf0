import { sleep } from '../sleep.ts';
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
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];

/** What the short version injects, in CI. */
export const shortFaults: readonly FaultName[] = [
  'node-killed',
  'postgres-killed',
  'answers-lost',
  'news-shuffled',
  'redis-cut',
];
