import { execFile, type SpawnOptions } from 'node:child_process';
import { chown, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/**
 * How to run a PostgreSQL program here. PostgreSQL refuses to run as root, so root steps down first.
 * `prefix` goes before the program; `owner` is whose the cluster's files must be, null for those of this process.
 */
export type Launcher = { prefix: readonly string[]; owner: Owner | null };
type Owner = { uid: number; gid: number };

const run = promisify(execFile);
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Our own environment stays out: no secrets in PostgreSQL's, and no PG* variable changes what it does. */
export const POSTGRES_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH };

/** Spawn options that make a program run as the launcher says; the working folder may be closed to its user. */
export function launchOptions(launcher: Launcher): SpawnOptions {
  return { cwd: '/', env: POSTGRES_ENVIRONMENT, ...launcher.owner };
}

/** The program and its arguments, with the launcher's prefix. */
export function launchCommand(launcher: Launcher, program: string, args: readonly string[]): [string, string[]] {
  const [first = program, ...rest] = [...launcher.prefix, program, ...args];
  return [first, rest];
}

/**
 * Finds a way to run `postgres` with `folder` as its data, by trying.
 * @param folder an existing folder: the cluster, or a new one that becomes it
 * @throws {EmbeddedPostgresError} when no way works
 */
export async function findLauncher(postgres: string, folder: string, isNew: boolean): Promise<Launcher> {
  if (process.getuid?.() !== 0) return { prefix: [], owner: null };
  for await (const launcher of isNew ? launchersForNew(folder) : launchersForExisting(folder)) {
    if (launcher.owner && isNew) await chown(folder, launcher.owner.uid, launcher.owner.gid);
    if (await works(launcher, postgres, folder)) return launcher;
    if (isNew) await chown(folder, 0, 0);
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and no other user may use ${dirname(folder)}. Start Openward as an ordinary user, or set DATA_DIR to a folder that others can enter, or set DATABASE_URL.`,
  );
}

/** Whoever owns the cluster goes on with it: PostgreSQL insists on that. Root's own were made in a user namespace. */
async function* launchersForExisting(cluster: string): AsyncGenerator<Launcher> {
  const { uid, gid } = await stat(cluster);
  if (uid === 0) yield* userNamespace();
  else yield { prefix: [], owner: { uid, gid } };
}

async function* launchersForNew(folder: string): AsyncGenerator<Launcher> {
  // The data folder's owner, so that root's start and that user's start can take turns.
  const { uid } = await stat(dirname(folder));
  const dataOwner = uid === 0 ? null : await lookUp(String(uid));
  if (dataOwner) yield { prefix: [], owner: dataOwner };
  yield* userNamespace();
  for (const name of ['postgres', 'nobody']) {
    const owner = await lookUp(name);
    if (owner) yield { prefix: [], owner };
  }
}

/**
 * Root, seen as somebody else by the program alone: its files remain root's, so that folders closed to all others
 * (/root) work. The user must have a name, for initdb looks it up.
 */
async function* userNamespace(): AsyncGenerator<Launcher> {
  if (process.platform !== 'linux') return;
  const user = (await lookUp('daemon')) ?? (await lookUp('nobody'));
  if (!user) return;
  yield { prefix: ['unshare', '--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`, '--'], owner: null };
}

async function works(launcher: Launcher, postgres: string, folder: string): Promise<boolean> {
  const probe = join(folder, '.openward-probe');
  const script = '"$1" --version && echo > "$2"';
  const [command, args] = launchCommand(launcher, '/bin/sh', ['-c', script, 'sh', postgres, probe]);
  try {
    await run(command, args, { ...launchOptions(launcher), timeout: 10_000 });
    return true;
  } catch {
    return false;
  } finally {
    await rm(probe, { force: true });
  }
}

/** @returns the ids of a user who has a name, by name or by number; null when there is none */
async function lookUp(user: string): Promise<Owner | null> {
  try {
    const options = { env: { PATH } };
    const [uid, gid] = await Promise.all([run('id', ['-u', user], options), run('id', ['-g', user], options)]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}
