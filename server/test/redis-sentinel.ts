import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort, rawCommand, spawnServer, startRedis, type TestRedis } from './redis.ts';
import type { RedisSecurity } from './redis-security.ts';

/** A master with its replicas, and three sentinels that agree within seconds on another master when it is gone. */
export type TestSentinels = {
  url: string;
  servers: readonly TestRedis[];
  /** Which of the servers the sentinels call the master. */
  master(): Promise<TestRedis>;
  stop(): Promise<void>;
};

const name = 'openward';
const sentinelCount = 3;
const quorum = 2;
/** So long without an answer, and a sentinel takes the master for down. Sentinel's own default is 30 s. */
export const downAfterMs = 1000;
/** The sentinels have a password of their own. */
const sentinelPassword = 'sentinel & co';

export async function startRedisSentinels({
  replicas,
  security,
}: {
  replicas: number;
  security: RedisSecurity;
}): Promise<TestSentinels> {
  const dir = await mkdtemp(join(tmpdir(), 'openward-sentinel-'));
  const master = await startRedis([], security);
  const servers = [master];
  for (let n = 0; n < replicas; n += 1)
    servers.push(await startRedis(['--replicaof', '127.0.0.1', `${master.tlsPort}`], security));
  const sentinels: { process: ChildProcess; port: number; tlsPort: number }[] = [];
  for (let n = 0; n < sentinelCount; n += 1) {
    const [port, tlsPort] = [await freePort(), await freePort()];
    const file = join(dir, `${port}.conf`);
    await writeFile(file, sentinelSettings({ dir, port, tlsPort, master, security }));
    sentinels.push({ process: await spawnServer(port, [file, '--sentinel']), port, tlsPort });
  }
  const ask = (port: number, ...words: string[]) => rawCommand(port, ['SENTINEL', ...words], sentinelPassword);
  for (const { port } of sentinels)
    await eventually(
      'the sentinels know each other and the replicas',
      async () => {
        const state = (await ask(port, 'MASTER', name)).split('\r\n');
        const value = (field: string) => state[state.indexOf(field) + 2];
        return value('num-other-sentinels') === `${sentinelCount - 1}` && value('num-slaves') === `${replicas}`;
      },
      20_000,
    );
  const hosts = sentinels.map(({ tlsPort }) => `127.0.0.1:${tlsPort}`).join(',');
  const query = `tls=on&${security.query}&sentinel-password=${encodeURIComponent(sentinelPassword)}`;
  return {
    url: `redis+sentinel://${security.userinfo}${hosts}/${name}?${query}`,
    servers,
    master: async () => {
      const address = await ask(sentinels[0]?.port ?? 0, 'GET-MASTER-ADDR-BY-NAME', name);
      const found = servers.find(({ tlsPort }) => address.split('\r\n').includes(`${tlsPort}`));
      if (found === undefined) throw new Error(`The sentinels name no server of ours: ${address}`);
      return found;
    },
    stop: async () => {
      for (const { process } of sentinels) process.kill('SIGKILL');
      await Promise.all(servers.map((server) => server.stop()));
      await rm(dir, { recursive: true });
    },
  };
}

function sentinelSettings({
  dir,
  port,
  tlsPort,
  master,
  security,
}: {
  dir: string;
  port: number;
  tlsPort: number;
  master: TestRedis;
  security: RedisSecurity;
}): string {
  const { ca, cert, key, password } = security;
  const tls = [
    `tls-port ${tlsPort}`,
    'tls-replication yes',
    `tls-ca-cert-file ${ca}`,
    `tls-cert-file ${cert}`,
    `tls-key-file ${key}`,
  ];
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    ...tls,
    `requirepass "${sentinelPassword}"`,
    `sentinel monitor ${name} 127.0.0.1 ${master.tlsPort} ${quorum}`,
    `sentinel auth-pass ${name} "${password}"`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} 5000`,
    '',
  ].join('\n');
}
