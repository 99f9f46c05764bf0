import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProxyTo, type TestProxy } from './proxy.ts';

export type { TestProxy };

/** A real redis-server of one's own. Each fault is one that happens. */
export type TestRedis = {
  url: string;
  port: number;
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

export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  let server = await spawnRedis(port);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    command: (...words) => rawCommand(port, words),
    kill,
    restart: async () => {
      await kill();
      server = await spawnRedis(port);
    },
    pause: () => void server.kill('SIGSTOP'),
    goOn: () => void server.kill('SIGCONT'),
    stop: kill,
  };
}

async function spawnRedis(port: number): Promise<ChildProcess> {
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp'];
  const server = spawn('redis-server', settings, { stdio: 'ignore' });
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
