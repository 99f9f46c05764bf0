import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProxyTo, type TestProxy } from './proxy.ts';

export type { TestProxy };

/** A real redis-server of one's own. Each fault is one that happens. */
export type TestRedis = {
  url: string;
  port: number;
  readonly pid: number;
  /** Sends a command by `redis-cli`'s protocol, past everything under test; the raw reply. */
  command(...words: string[]): Promise<string>;
  /** As by kill -9: everything in it is gone. */
  kill(): Promise<void>;
  /** Starts again, empty, on the same port. */
  restart(): Promise<void>;
  pause(): void;
  goOn(): void;
  stop(): Promise<void>;
};

export const redisIsInstalled = spawnSync('redis-server', ['--version']).status === 0;

/**
 * Whether the tests of this file can run: where redis-server is missing they are left out by name, but never in CI.
 * @throws Error in CI.
 */
export function needsRedis(file: string): boolean {
  if (redisIsInstalled) return true;
  const line = `${file} is left out: redis-server is not installed (Debian: apt-get install redis-server).`;
  if (process.env['CI'] === 'true') throw new Error(line);
  process.stderr.write(`${line}\n`);
  return false;
}

export async function startRedis(settings: readonly string[] = []): Promise<TestRedis> {
  const port = await freePort();
  let server = await spawnRedis(port, settings);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid ?? 0;
    },
    command: (...words) => rawCommand(port, words),
    kill,
    restart: async () => {
      await kill();
      server = await spawnRedis(port, settings);
    },
    pause: () => void server.kill('SIGSTOP'),
    goOn: () => void server.kill('SIGCONT'),
    stop: kill,
  };
}

/** Three masters without replicas, a third of the slots each: with one killed the cluster is down until it is back. */
export type TestRedisCluster = {
  url: string;
  masters: readonly TestRedis[];
  /** The master of a key or channel. */
  masterOf(key: string): TestRedis;
  /** As a resharding does, for the one slot of an empty key or a channel. */
  moveSlotOf(key: string, to: TestRedis): Promise<void>;
  stop(): Promise<void>;
};

const slotRanges = [
  [0, 5460],
  [5461, 10_922],
  [10_923, 16_383],
] as const;

/** @param withoutSharding as before Redis 7: the commands of sharded pub/sub are not known. */
export async function startRedisCluster({ withoutSharding = false } = {}): Promise<TestRedisCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'openward-redis-'));
  const unknown = withoutSharding ? ['SSUBSCRIBE', 'SPUBLISH'].flatMap((name) => ['--rename-command', name, '']) : [];
  const masters: (TestRedis & { busPort: number })[] = [];
  for (const _ of slotRanges) {
    const busPort = await freePort();
    const own = ['--cluster-config-file', `${dir}/${busPort}.conf`, '--cluster-port', `${busPort}`];
    const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...own, ...unknown];
    masters.push({ ...(await startRedis(cluster)), busPort });
  }
  const [first] = masters;
  for (const [index, { command, port, busPort }] of masters.entries()) {
    await command('CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`);
    await command('CLUSTER', 'ADDSLOTSRANGE', ...(slotRanges[index] ?? []).map(String));
    if (index > 0) await first?.command('CLUSTER', 'MEET', '127.0.0.1', `${port}`, `${busPort}`);
  }
  for (const { command } of masters) await clusterIsUp(command, masters.length);
  return {
    url: `redis+cluster://${masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    masters,
    masterOf: (key) => {
      const slot = slotOf(key);
      const index = slotRanges.findIndex(([, to]) => slot <= to);
      return masters[index] as TestRedis;
    },
    moveSlotOf: async (key, to) => {
      const id = /[0-9a-f]{40}/.exec(await to.command('CLUSTER', 'MYID'))?.[0] ?? '';
      for (const { command } of [to, ...masters]) await command('CLUSTER', 'SETSLOT', `${slotOf(key)}`, 'NODE', id);
    },
    stop: async () => {
      await Promise.all(masters.map((master) => master.stop()));
      await rm(dir, { recursive: true });
    },
  };
}

async function clusterIsUp(command: TestRedis['command'], size: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const info = await command('CLUSTER', 'INFO');
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)) return;
    await sleep(20);
  }
  throw new Error('The cluster did not come up.');
}

/** CRC16 (XMODEM) modulo 16384, by the cluster specification; for keys without braces. */
function slotOf(key: string): number {
  let crc = 0;
  for (const byte of Buffer.from(key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc % 16_384;
}

async function spawnRedis(port: number, more: readonly string[]): Promise<ChildProcess> {
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp'];
  const server = spawn('redis-server', [...settings, ...more], { stdio: 'ignore' });
  // A test run that dies takes its servers with it.
  const reap = () => void server.kill('SIGKILL');
  process.once('exit', reap);
  server.once('exit', () => process.off('exit', reap));
  for (let attempt = 0; attempt < 250; attempt += 1) {
    if ((await rawCommand(port, ['PING']).catch(() => '')) === '+PONG') return server;
    await sleep(20);
  }
  throw new Error('redis-server did not start.');
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function rawCommand(port: number, words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let reply = '';
    socket.setEncoding('utf8').setTimeout(2000, () => socket.destroy(new Error('Redis does not answer.')));
    socket.on('data', (chunk: string) => {
      reply += chunk;
      const length = Number(/^\$(\d+)\r\n/.exec(reply)?.[1] ?? 0);
      if (reply.endsWith('\r\n') && reply.length >= length) socket.end();
    });
    socket.once('error', reject).once('close', () => resolve(reply.trim()));
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
  });
}

/** A way to a Redis on this machine that can be cut. */
export function startProxy(toPort: number): Promise<TestProxy> {
  return startProxyTo(`redis://127.0.0.1:${toPort}`);
}
