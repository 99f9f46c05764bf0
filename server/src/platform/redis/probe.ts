import { once } from 'node:events';
import { type Redis as Client, Cluster } from 'ioredis';
import type { RedisClient } from './open-client.ts';

const key = 'openward:probe';
/** In a cluster each master has to answer: of so many keys, some are surely with each. */
const keysOfCluster = Array.from({ length: 64 }, (_, index) => `${key}:${index}`);
const lifeMs = 10_000;

/** Asks every master, by writing: a Redis that is full or read-only answers a PING. @throws when one does not take it. */
export async function probeMasters(client: RedisClient): Promise<void> {
  // A cluster's client connects to a node when it first has something for it, and refuses what comes meanwhile.
  if (client instanceof Cluster) await Promise.all(client.nodes('master').map(connected));
  const keys = client instanceof Cluster ? keysOfCluster : [key];
  await Promise.all(keys.map((key) => client.set(key, '1', 'PX', lifeMs)));
}

async function connected(node: Client): Promise<void> {
  if (node.status === 'wait') await node.connect();
  else if (node.status !== 'ready') await once(node, 'ready');
}
