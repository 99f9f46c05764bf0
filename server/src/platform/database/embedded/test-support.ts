import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type QueryResultRow } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres.ts';

const DATABASES = ['openward', 'openward_chat'];
const cleanups: (() => Promise<unknown>)[] = [];

export function atTheEnd(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** A data folder that does not exist yet, with a space in its path, inside one that belongs to `uid`. */
export async function newDataDir(uid?: number): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'openward postgres '));
  atTheEnd(() => rm(parent, { recursive: true, force: true }));
  if (uid === undefined) await chmod(parent, 0o755);
  else await chown(parent, uid, uid);
  return join(parent, 'data dir');
}

/** Without `faults`, a fault fails the test. */
export async function start(dataDir: string, faults?: string[]): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({
    dataDir,
    databases: DATABASES,
    onProgress: () => undefined,
    onFault: (message) => {
      if (!faults) throw new Error(message);
      faults.push(message);
    },
  });
  atTheEnd(() => postgres.stop());
  return postgres;
}

/** An owner in a process group of its own, that prints its connection string and stops on SIGTERM. */
export function startInChild(dataDir: string, uid?: number): ChildProcess {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('../embedded-postgres.ts', import.meta.url))});
    const postgres = await startEmbeddedPostgres({
      dataDir: ${JSON.stringify(dataDir)}, databases: ${JSON.stringify(DATABASES)}, onProgress: () => undefined });
    process.once('SIGTERM', () => postgres.stop());
    console.log(postgres.url('openward'));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  atTheEnd(() => kill(child, 'SIGKILL'));
  return child;
}

export async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  process.kill(-child.pid, signal);
  await exited;
}

export async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The child has no output.');
  for await (const chunk of child.stdout) return String(chunk).trim();
  throw new Error('The child ended without a word.');
}

export async function query(url: string, text: string): Promise<QueryResultRow[]> {
  const client = new Client({ connectionString: url });
  // A connection that breaks between queries is the next query's to report.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<QueryResultRow>(text)).rows;
  } finally {
    await client.end();
  }
}

export async function writeNotes(url: string, count: number): Promise<void> {
  await query(url, `CREATE TABLE note AS SELECT n FROM generate_series(1, ${count}) AS n`);
}

export async function countNotes(url: string): Promise<unknown> {
  return (await query(url, 'SELECT count(*)::int AS count FROM note'))[0]?.['count'];
}

/** The backends that hold or wait for the lock of ownership. */
export async function ownerPids(postgres: EmbeddedPostgres): Promise<unknown[]> {
  const rows = await query(postgres.url('postgres'), `SELECT pid FROM pg_locks WHERE locktype = 'advisory'`);
  return rows.map((row) => row['pid']);
}

export async function postmasterPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export async function listOrEmpty(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

/** Until it is true; what it throws counts as not yet. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(20)) {
    if (await condition().catch(() => false)) return;
  }
  throw new Error('It did not come true in 20 s.');
}
