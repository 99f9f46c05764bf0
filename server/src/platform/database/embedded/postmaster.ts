import { execFile, spawn } from 'node:child_process';
import { open, readFile, readlink, rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { type Cluster, isAlive, isMissing } from './cluster.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { type Launcher, launchCommand, launchOptions } from './launcher.ts';

/** The main process of a running PostgreSQL. */
export type Postmaster = { pid: number; port: number; isReady: boolean };

const run = promisify(execFile);
const LARGEST_LOG_BYTES = 10 * 1024 * 1024;
const POLL_MS = 15;
const SLOW_START_MS = 5_000;
/** After a crash PostgreSQL first replays its log, which may take a while. */
const START_TIMEOUT_MS = 300_000;
const FAST_SHUTDOWN_MS = 10_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;
/** Larger than any process number: PostgreSQL takes its owner for dead. */
const NOBODYS_PID = 2_147_483_647;

/** The postmaster that runs on this cluster, or null. Proven by the process, not only by its number, which may be reused. */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster | null> {
  const found = await readPidFile(cluster);
  return found && isAlive(found.pid) && (await isOurs(found.pid, cluster)) ? found : null;
}

/**
 * Starts PostgreSQL on this port and waits until it takes connections.
 * @returns the postmaster, or why PostgreSQL ended, in its own words
 */
export async function spawnPostmaster(
  cluster: Cluster,
  binaries: Binaries,
  launcher: Launcher,
  port: number,
  onProgress: (message: string) => void,
): Promise<Postmaster | { failure: string }> {
  await forgetReusedPid(cluster);
  const log = await openLog(cluster, launcher);
  const { size: logStart } = await log.stat();
  const [command, args] = launchCommand(launcher, binaries.postgres, postmasterArguments(cluster, port));
  // In its own process group: a Ctrl-C in the terminal is for us, who first drain and then stop it.
  const child = spawn(command, args, { ...launchOptions(launcher), detached: true, stdio: ['ignore', log.fd, log.fd] });
  const end: { reason?: string } = {};
  child.once('error', (error) => {
    end.reason = error.message;
  });
  child.once('exit', (code, signal) => {
    end.reason ??= `PostgreSQL ended with ${signal ?? `code ${code}`}`;
  });
  child.unref();
  await log.close();
  const startedAt = Date.now();
  for (let isSlow = false; end.reason === undefined; await sleep(POLL_MS)) {
    const found = await readPidFile(cluster);
    if (found && found.pid === child.pid && found.isReady) return found;
    const elapsedMs = Date.now() - startedAt;
    if (elapsedMs > SLOW_START_MS && !isSlow) {
      isSlow = true;
      onProgress('PostgreSQL is recovering from a crash');
    }
    if (elapsedMs > START_TIMEOUT_MS && child.pid !== undefined) process.kill(child.pid, 'SIGQUIT');
  }
  return { failure: (await readLogFrom(cluster, logStart)) ?? end.reason };
}

/** Stops a postmaster: what runs is rolled back, what is committed is kept. Returns when it is gone. */
export async function stopPostmaster(pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  if (await waitUntilGone(pid, FAST_SHUTDOWN_MS)) return;
  signal(pid, 'SIGQUIT');
  if (await waitUntilGone(pid, IMMEDIATE_SHUTDOWN_MS)) return;
  throw new EmbeddedPostgresError(`PostgreSQL (pid ${pid}) does not stop. It is left running.`);
}

/** @returns whether the process is gone before the time is up */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; isAlive(pid); await sleep(POLL_MS)) {
    if (Date.now() > deadline) return false;
  }
  return true;
}

/** A free port below the ranges that systems give to outgoing connections, so that a restart finds it free again. */
export async function pickPort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
  throw new EmbeddedPostgresError('No free port on 127.0.0.1 between 20000 and 32000 for the embedded database.');
}

function postmasterArguments(cluster: Cluster, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    // Never negotiable with medical records, whatever postgresql.conf says.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
  };
  return ['-D', cluster.folder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** The file's lines: pid, folder, start time, port, socket folder, address, shared memory, status. */
async function readPidFile(cluster: Cluster): Promise<Postmaster | null> {
  const text = await readFile(pidFile(cluster), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return pid > 0 && port > 0 ? { pid, port, isReady: lines[7]?.trim() === 'ready' } : null;
}

/** A postmaster works inside its data folder; that tells it from a process that was given its number later. */
async function isOurs(pid: number, cluster: Cluster): Promise<boolean> {
  try {
    if (process.platform === 'linux') {
      const [theirs, ours] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(cluster.folder)]);
      return theirs.dev === ours.dev && theirs.ino === ours.ino;
    }
    if (process.platform === 'win32') return true;
    const { stdout } = await run('ps', ['-p', String(pid), '-o', 'command=']);
    return stdout.includes(cluster.folder);
  } catch (error) {
    // Not ours to look at: its name decides.
    return !isMissing(error) && (await readlink(`/proc/${pid}/exe`).catch(() => 'postgres')).includes('postgres');
  }
}

/**
 * After a crash of the machine the file may name a living process that is not PostgreSQL, and PostgreSQL would refuse
 * to start. Only the number goes: by the rest PostgreSQL still finds workers that a killed postmaster left.
 */
async function forgetReusedPid(cluster: Cluster): Promise<void> {
  const found = await readPidFile(cluster);
  if (!found || !isAlive(found.pid) || (await isOurs(found.pid, cluster))) return;
  const text = await readFile(pidFile(cluster), 'utf8');
  await writeFile(pidFile(cluster), text.replace(/^\d+/, String(NOBODYS_PID)));
}

async function openLog(cluster: Cluster, launcher: Launcher): ReturnType<typeof open> {
  const { size } = await stat(cluster.logFile).catch(() => ({ size: 0 }));
  if (size > LARGEST_LOG_BYTES) await rename(cluster.logFile, `${cluster.logFile}.1`);
  const log = await open(cluster.logFile, 'a', 0o600);
  if (launcher.owner) await log.chown(launcher.owner.uid, launcher.owner.gid);
  return log;
}

/** What PostgreSQL said since: the lines that explain an end, as one. */
async function readLogFrom(cluster: Cluster, start: number): Promise<string | undefined> {
  const text = (await readFile(cluster.logFile)).subarray(start).toString('utf8');
  const reasons = text.split('\n').filter((line) => /FATAL|PANIC|could not bind|error while loading/.test(line));
  return reasons.length === 0 ? undefined : reasons.map((line) => line.replace(/^.*?\[\d+\] /, '')).join('; ');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function signal(pid: number, name: NodeJS.Signals): void {
  // It may end between looking and signalling.
  if (isAlive(pid)) process.kill(pid, name);
}

function pidFile(cluster: Cluster): string {
  return join(cluster.folder, 'postmaster.pid');
}
