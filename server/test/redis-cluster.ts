import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pickPort } from '../src/platform/database/embedded/postmaster.ts';
import { eventually } from './eventually.ts';
import { startRedis, type TestRedis } from './redis.ts';
import type { RedisSecurity } from './redis-security.ts';

/** Three masters, a third of the slots each; of those without a replica, one that is killed takes the cluster down until it is back. */
export type TestRedisCluster = {
  url: string;
  masters: readonly TestRedis[];
  /** The master that a key or channel was given at first. */
  masterOf(key: string): TestRedis;
  /** Gives a master a replica, which takes over when it is killed. */
  addReplicaOf(master: TestRedis): Promise<TestRedis>;
  /** As a resharding does, for the one slot of an empty key or a channel. */
  moveSlotOf(key: string, to: TestRedis): Promise<void>;
  stop(): Promise<void>;
};

const slotRanges = [
  [0, 5460],
  [5461, 10_922],
  [10_923, 16_383],
] as const;

/** A server's id in its cluster. */
const idOf = async ({ command }: TestRedis) => /[0-9a-f]{40}/.exec(await command('CLUSTER', 'MYID'))?.[0] ?? '';

/** @param options `withoutSharding`: as before Redis 7, the commands of sharded pub/sub are not known. */
export async function startRedisCluster({
  withoutSharding = false,
  security,
}: {
  withoutSharding?: boolean;
  security?: RedisSecurity;
} = {}): Promise<TestRedisCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'openward-redis-'));
  const unknown = withoutSharding ? ['SSUBSCRIBE', 'SPUBLISH'].flatMap((name) => ['--rename-command', name, '']) : [];
  const nodes: (TestRedis & { busPort: number })[] = [];
  const startNode = async () => {
    const busPort = await pickPort();
    const own = ['--cluster-config-file', `${dir}/${busPort}.conf`, '--cluster-port', `${busPort}`];
    const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...own, ...unknown];
    const node = { ...(await startRedis(settings, security)), busPort };
    nodes.push(node);
    return node;
  };
  /** Introduces all to the first, again and again: an introduction that takes longer than the node timeout is forgotten. */
  const isUp = async () => {
    const look = async () => {
      const known = await Promise.all(nodes.map(({ command }) => knownNodes(command)));
      if (known.every((count) => count === nodes.length)) return true;
      const met = (await nodes[0]?.command('CLUSTER', 'NODES')) ?? '';
      for (const { tlsPort, port, busPort } of nodes) {
        // With TLS the nodes know each other by that port.
        const meet = ['MEET', '127.0.0.1', `${security === undefined ? port : tlsPort}`, `${busPort}`];
        if (!met.includes(`@${busPort}`)) await nodes[0]?.command('CLUSTER', ...meet);
      }
      return false;
    };
    await eventually('the cluster is up', look, 30_000);
  };
  for (const [index, [from, to]] of slotRanges.entries()) {
    const node = await startNode();
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`);
    await node.command('CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${to}`);
  }
  await isUp();
  const masters = [...nodes];
  const hosts = masters.map(({ port, tlsPort }) => `127.0.0.1:${security === undefined ? port : tlsPort}`).join(',');
  return {
    url: `redis+cluster://${security?.userinfo ?? ''}${hosts}${security === undefined ? '' : `?tls=on&${security.query}`}`,
    masters,
    masterOf: (key) => {
      const slot = slotOf(key);
      const index = slotRanges.findIndex(([, to]) => slot <= to);
      return masters[index] as TestRedis;
    },
    addReplicaOf: async (master) => {
      const replica = await startNode();
      await isUp();
      await replica.command('CLUSTER', 'REPLICATE', await idOf(master));
      await eventually('the replica has a copy', async () =>
        (await replica.command('INFO', 'replication')).includes('master_link_status:up'),
      );
      return replica;
    },
    moveSlotOf: async (key, to) => {
      const [slot, id] = [`${slotOf(key)}`, await idOf(to)];
      const others = masters.filter((master) => master !== to);
      const owner = await ownerOf(key, masters);
      // Only who takes a slot that it was importing raises its epoch, and is believed by all at once; else the old owner may win.
      await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(owner));
      await owner.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', id);
      for (const { command } of [to, ...others]) await command('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await rm(dir, { recursive: true });
    },
  };
}

/** Who answers for a key. */
async function ownerOf(key: string, masters: readonly TestRedis[]): Promise<TestRedis> {
  for (const master of masters) if (!(await master.command('GET', key)).startsWith('-')) return master;
  throw new Error(`No master has the slot of ${key}.`);
}

/** How many nodes one knows of; none while it does not serve. */
async function knownNodes(command: TestRedis['command']): Promise<number> {
  const info = await command('CLUSTER', 'INFO');
  return info.includes('cluster_state:ok') ? Number(/cluster_known_nodes:(\d+)/.exec(info)?.[1]) : 0;
}

/** CRC16 (XMODEM) modulo 16384, of what stands in the first braces where something does: the cluster specification. */
function slotOf(key: string): number {
  const [, tag] = /^[^{]*\{([^}]+)\}/.exec(key) ?? [];
  let crc = 0;
  for (const byte of Buffer.from(tag ?? key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc % 16_384;
}
