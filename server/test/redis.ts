import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pickPort } from '../src/platform/database/embedded/postmaster.ts';
import { eventually } from './eventually.ts';
import { startProxyTo, type TestProxy } from './proxy.ts';
import type { RedisSecurity } from './redis-security.ts';

export type { TestProxy };

/** A real redis-server of one's own. Each fault is one that happens. */
export type TestRedis = {
  url: string;
  port: number;
  /** Where it speaks TLS, if it does. */
  tlsPort: number;
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

/** @param security it asks for TLS and a password; its plain port is for `command`, which has the password. */
export async function startRedis(settings: readonly string[] = [], security?: RedisSecurity): Promise<TestRedis> {
  // Ports that nobody else is given while it is away.
  const port = await pickPort();
  const tlsPort = security === undefined ? 0 : await pickPort();
  // A replica keeps its copy as a file there, and whoever starts in that folder begins with it.
  const dir = await mkdtemp(join(tmpdir(), 'openward-redis-'));
  const all = [...settings, ...(security?.settings(tlsPort) ?? []), '--dir', dir];
  let server = await spawnRedis(port, all);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  };
  return {
    url:
      security === undefined
        ? `redis://127.0.0.1:${port}`
        : `rediss://${security.userinfo}127.0.0.1:${tlsPort}?${security.query}`,
    port,
    tlsPort,
    get pid() {
      return server.pid ?? 0;
    },
    command: (...words) => rawCommand(port, words, security?.password),
    kill,
    restart: async () => {
      await kill();
      await rm(join(dir, 'dump.rdb'), { force: true });
      server = await spawnRedis(port, all);
    },
    pause: () => void server.kill('SIGSTOP'),
    goOn: () => void server.kill('SIGCONT'),
    stop: async () => {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function spawnRedis(port: number, more: readonly string[]): Promise<ChildProcess> {
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  // A replica has its copy at once.
  settings.push('--repl-diskless-sync-delay', '0');
  return spawnServer(port, [...settings, ...more]);
}

/** A redis-server, once it answers; as a sentinel too. */
export async function spawnServer(port: number, words: readonly string[]): Promise<ChildProcess> {
  const server = spawn('redis-server', words, { stdio: 'ignore' });
  // A test run that dies takes its servers with it.
  const reap = () => void server.kill('SIGKILL');
  process.once('exit', reap);
  server.once('exit', () => process.off('exit', reap));
  const answers = async () => {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode} instead of starting.`);
    const answer = await rawCommand(port, ['PING']).catch(() => '');
    return answer === '+PONG' || answer.startsWith('-NOAUTH');
  };
  await eventually('redis-server answers', answers, 60_000);
  return server;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The raw reply of a server to one command, with a password where it has one. */
export async function rawCommand(port: number, words: string[], password?: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8').setTimeout(2000, () => socket.destroy(new Error('Redis does not answer.')));
  try {
    if (password !== undefined) await exchange(socket, ['AUTH', password]);
    return await exchange(socket, words);
  } finally {
    socket.destroy();
  }
}

function exchange(socket: Socket, words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = '';
    const hear = (chunk: string) => {
      reply += chunk;
      if (!isWhole(reply)) return;
      socket.off('data', hear).off('error', reject);
      resolve(reply.trim());
    };
    socket.on('data', hear).once('error', reject);
    socket.once('close', () => resolve(reply.trim()));
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
  });
}

/** Whether a reply has all its parts (RESP2). */
function isWhole(reply: string): boolean {
  let at = 0;
  let missing = 1;
  while (missing > 0) {
    const end = reply.indexOf('\r\n', at);
    if (end < 0) return false;
    const [kind, length] = [reply[at], Number(reply.slice(at + 1, end))];
    at = end + 2;
    missing -= 1;
    if (kind === '$' && length >= 0) at += length + 2;
    if (kind === '*' && length > 0) missing += length;
    if (at > reply.length) return false;
  }
  return true;
}

/** A way to a Redis on this machine that can be cut. */
export function startProxy(toPort: number): Promise<TestProxy> {
  return startProxyTo(`redis://127.0.0.1:${toPort}`);
}
