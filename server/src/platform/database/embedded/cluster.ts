import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chown, link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { findLauncher, type Launcher, launchCommand, launchOptions } from './launcher.ts';

/** A PostgreSQL data folder and what belongs to it. All paths are absolute. */
export type Cluster = { dataDir: string; folder: string; logFile: string; password: string };

export const SUPERUSER = 'openward';

const run = promisify(execFile);
const INITDB_TIMEOUT_MS = 120_000;

/** Written to postgresql.conf once: who operates the server may change them there. */
const SETTINGS = {
  max_connections: '200',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  // Failing statements and the values in them are people's records: they don't belong in a log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/**
 * The cluster of this data folder, or null when there is none yet. Changes nothing.
 * @throws {EmbeddedPostgresError} when this user may not look into the folder
 */
export async function findCluster(dataDir: string): Promise<Cluster | null> {
  const paths = clusterPaths(dataDir);
  try {
    await access(join(paths.folder, 'PG_VERSION'));
    return { ...paths, password: await readPassword(paths.dataDir) };
  } catch (error) {
    if (isMissing(error)) return null;
    throw explained(error, dataDir);
  }
}

/**
 * The cluster of this data folder, made when there is none. Making it is all or nothing: whatever happens in the
 * middle, the next start begins anew.
 * @throws {EmbeddedPostgresError} when the folder can't be used, or no user can run PostgreSQL in it
 */
export async function prepareCluster(
  dataDir: string,
  binaries: Binaries,
  onProgress: (message: string) => void,
): Promise<{ cluster: Cluster; launcher: Launcher }> {
  const { folder } = clusterPaths(dataDir);
  try {
    await makeDataDir(dirname(folder));
    await removeInterrupted(dirname(folder));
    const existing = await findCluster(dataDir);
    if (existing) return { cluster: existing, launcher: await findLauncher(binaries.postgres, folder, false) };
    onProgress('Creating the embedded database');
    return await createCluster(dataDir, binaries);
  } catch (error) {
    throw explained(error, dataDir);
  }
}

function clusterPaths(dataDir: string): Omit<Cluster, 'password'> {
  const absolute = resolve(dataDir);
  return { dataDir: absolute, folder: join(absolute, 'postgres'), logFile: join(absolute, 'postgres.log') };
}

/** Others may pass through, not look inside: as root, PostgreSQL may have to run as somebody else. */
async function makeDataDir(dataDir: string): Promise<void> {
  const firstMade = await mkdir(dataDir, { recursive: true, mode: 0o711 });
  if (firstMade === undefined || process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dirname(firstMade));
  for (let folder = dataDir; folder !== dirname(firstMade); folder = dirname(folder)) await chown(folder, uid, gid);
}

async function createCluster(dataDir: string, binaries: Binaries): Promise<{ cluster: Cluster; launcher: Launcher }> {
  const paths = clusterPaths(dataDir);
  const workshop = join(paths.dataDir, `postgres.new-${process.pid}`);
  await mkdir(workshop, { mode: 0o700 });
  try {
    const launcher = await findLauncher(binaries.postgres, workshop, true);
    const password = await makePassword(paths.dataDir, launcher);
    await initialise(workshop, binaries, launcher, password);
    await moveIntoPlace(join(workshop, 'cluster'), paths.folder);
    return { cluster: { ...paths, password }, launcher };
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function initialise(workshop: string, binaries: Binaries, launcher: Launcher, password: string): Promise<void> {
  const passwordFile = join(workshop, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (launcher.owner) await chown(passwordFile, launcher.owner.uid, launcher.owner.gid);
  const [command, args] = launchCommand(launcher, binaries.initdb, [
    `--pgdata=${join(workshop, 'cluster')}`,
    `--pwfile=${passwordFile}`,
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and case rules on every system, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...Object.entries(SETTINGS).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
  ]);
  try {
    await run(command, args, { ...launchOptions(launcher), timeout: INITDB_TIMEOUT_MS });
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The embedded database could not be created in ${dirname(workshop)}: ${lastLine(error)}. If PostgreSQL can't run on this system, set DATABASE_URL (and CHAT_DATABASE_URL) to a server.`,
    );
  }
}

async function moveIntoPlace(made: string, folder: string): Promise<void> {
  try {
    await rename(made, folder);
  } catch (error) {
    // Another start was quicker. Its cluster has the same password, so it serves as well.
    if (!isCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM') || !(await findCluster(dirname(folder)))) throw error;
  }
  if (process.platform === 'win32') return;
  const parent = await open(dirname(folder));
  await parent.sync().finally(() => parent.close());
}

/** Made once for a data folder, whoever comes first: a link to a complete file either is there or is not. */
async function makePassword(dataDir: string, launcher: Launcher): Promise<string> {
  const final = join(dataDir, 'postgres-password');
  const draft = `${final}.${process.pid}`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(randomBytes(24).toString('base64url'));
    if (launcher.owner) await file.chown(launcher.owner.uid, launcher.owner.gid);
    await file.sync();
    await link(draft, final);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
  return await readPassword(dataDir);
}

async function readPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'postgres-password');
  const password = await readFile(path, 'utf8').catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    throw new EmbeddedPostgresError(
      `${path}, the password of the database beside it, is missing. Restore it from a backup.`,
    );
  });
  return password.trim();
}

/** What a killed start left. Another start that is at work right now keeps its own. */
async function removeInterrupted(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const pid = Number(/^postgres(?:\.new-|-password\.)(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || (pid !== process.pid && isAlive(pid))) continue;
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

/** Whether a process of this number exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

export function isMissing(error: unknown): boolean {
  return isCode(error, 'ENOENT', 'ENOTDIR');
}

/** What the system refuses, said so that an operator knows what to do; anything else as it is. */
function explained(error: unknown, dataDir: string): unknown {
  if (!isCode(error, 'EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR', 'ENOSPC')) return error;
  return new EmbeddedPostgresError(
    `The data folder ${resolve(dataDir)} can't be used (${messageOf(error)}). Start as the user who owns it, or set DATA_DIR to another folder.`,
  );
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** initdb says what is wrong on stderr; its last lines are about cleaning up. */
function lastLine(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.includes('removing'));
  return lines.find((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? messageOf(error);
}
