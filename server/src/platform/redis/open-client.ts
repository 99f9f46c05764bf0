import type { ConnectionOptions } from 'node:tls';
import { Redis as Client, Cluster, type RedisOptions } from 'ioredis';
import { MasterConnector, ServerConnector } from './connectors.ts';
import type { RedisTarget } from './redis-url.ts';

export type RedisClient = Client | Cluster;
export type RedisNode = { host: string; port: number };

/** A target with the certificates read. */
export type Destination = Omit<RedisTarget, 'tls'> & { tls: ConnectionOptions | null };

/** The client of commands. It connects, and connects again, for as long as it is not told to stop. */
export function openClient(to: Destination): RedisClient {
  const retry = (times: number) => Math.min(times * 50, 500);
  const options = {
    ...commonOptions(to),
    // A command is never sent twice: a count would count double.
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // A server that takes bytes and gives none is left for a new connection.
    socketTimeout: 3000,
    // After a failover the old master is a replica that refuses writes.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
  if (to.kind === 'cluster') {
    return new Cluster(to.nodes, {
      redisOptions: options,
      enableOfflineQueue: false,
      clusterRetryStrategy: retry,
      // Nor is it sent again here, long after nobody waits for it.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      slotsRefreshTimeout: 2000,
      slotsRefreshInterval: 5000,
      // Addresses as the cluster gives them: its certificates are for them, and a name may stand for several nodes.
      dnsLookup: (address, callback) => callback(null, address),
    });
  }
  return new Client({ ...options, ...endpoint(to), retryStrategy: retry });
}

/** A client that listens, once: when it is lost, it is. @param node of a cluster. */
export function openListener(to: Destination, node: RedisNode | undefined): Client {
  return new Client({
    ...commonOptions(to),
    ...endpoint(node === undefined ? to : { ...to, nodes: [node] }),
    enableReadyCheck: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  });
}

const defaultNode = { host: '127.0.0.1', port: 6379 };

function endpoint({ kind, nodes, name, db, sentinel, tls }: Destination) {
  if (kind !== 'sentinel') return { ...(nodes[0] ?? defaultNode), db };
  return {
    sentinels: nodes,
    name,
    // One of them that takes the question and does not answer is passed over for the next.
    sentinelCommandTimeout: 1000,
    ...(sentinel.username === undefined ? {} : { sentinelUsername: sentinel.username }),
    ...(sentinel.password === undefined ? {} : { sentinelPassword: sentinel.password }),
    ...(tls === null ? {} : { enableTLSForSentinelMode: true, sentinelTLS: tls }),
  };
}

function commonOptions({ kind, username, password, tls }: Destination) {
  return {
    Connector: kind === 'sentinel' ? MasterConnector : ServerConnector,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === null ? {} : { tls }),
    connectionName: 'openward',
    connectTimeout: 2000,
    keepAlive: 5000,
  } satisfies RedisOptions;
}
