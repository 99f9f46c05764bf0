import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Binaries, findBinaries } from '../src/platform/database/embedded/binaries.ts';
import { prepareCluster } from '../src/platform/database/embedded/cluster.ts';
import { pickPort, spawnPostmaster, stopPostmaster } from '../src/platform/database/embedded/postmaster.ts';
import { eventually } from './eventually.ts';
import type { Cleanup } from './faults/cluster/cleanup.ts';
import { descendantsOf, signal } from './faults/cluster/processes.ts';

const standbyName = 'standby';

/** A primary and a standby of it, both real, each on a port that it keeps. Commits wait for the standby. */
export type PostgresPair = {
  primary: PostgresServer;
  standby: PostgresServer;
  /** Of a database at both servers, as DATABASE_URL takes it: whichever takes writes. */
  url(database: string): string;
  stop(): Promise<void>;
};

/** One PostgreSQL that nobody starts again but the test. */
export class PostgresServer {
  readonly #dataDir: string;
  readonly #binaries: Binaries;
  readonly #prepare: typeof prepareCluster;
  readonly port: number;
  #pid: number | null = null;
  #paused: number[] = [];
  #password = '';

  constructor(dataDir: string, binaries: Binaries, port: number, prepare = prepareCluster) {
    this.#dataDir = dataDir;
    this.#binaries = binaries;
    this.#prepare = prepare;
    this.port = port;
  }

  /** Of the postmaster; null while it does not run. */
  get pid(): number | null {
    return this.#pid;
  }

  get password(): string {
    return this.#password;
  }

  url(database: string): string {
    return `postgres://openward:${encodeURIComponent(this.#password)}@127.0.0.1:${this.port}/${database}`;
  }

  async start(): Promise<void> {
    const { cluster, launcher } = await this.#prepare(this.#dataDir, this.#binaries, () => {});
    this.#password = cluster.password;
    const started = await spawnPostmaster(cluster, this.#binaries, launcher, this.port, () => {});
    if ('failure' in started) throw new Error(started.failure);
    this.#pid = started.pid;
  }

  /** kill -9, with every backend. */
  kill(): void {
    for (const pid of this.#processes()) signal(pid, 'SIGKILL');
    this.#pid = null;
    this.#paused = [];
  }

  pause(): void {
    this.#paused = this.#processes();
    for (const pid of this.#paused) signal(pid, 'SIGSTOP');
  }

  goOn(): void {
    for (const pid of this.#paused.splice(0)) signal(pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    this.goOn();
    if (this.#pid !== null) await stopPostmaster(this.#pid);
    this.#pid = null;
  }

  async promote(): Promise<void> {
    const ask = `SELECT CASE WHEN pg_is_in_recovery() THEN pg_promote(true, 30) ELSE true END AS done`;
    const isDone = async () => (await this.query<{ done: boolean }>('postgres', ask).catch(() => []))[0]?.done;
    await eventually('the standby is promoted', isDone, 120_000);
  }

  async query<T extends pg.QueryResultRow>(database: string, statement: string, values?: unknown[]): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.url(database), connectionTimeoutMillis: 20_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query<T>(statement, values)).rows ?? [];
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** One that has not said yet that it runs. The number alone may be of whoever else has it by now. */
  #starting(): number | null {
    const folder = join(this.#dataDir, 'postgres');
    try {
      const pid = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
      return readlinkSync(`/proc/${pid}/cwd`) === folder ? pid : null;
    } catch {
      return null;
    }
  }

  #processes(): number[] {
    const pid = this.#pid ?? this.#starting();
    return pid === null ? [] : [pid, ...descendantsOf(pid)];
  }
}

export async function startPostgresPair(databases: readonly string[], cleanup: Cleanup): Promise<PostgresPair> {
  const folder = mkdtempSync(join(tmpdir(), 'openward-pair-'));
  // PostgreSQL may run as another user, who has to get through.
  await chmod(folder, 0o711);
  const removeFolder = cleanup.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const binaries = await findBinaries();
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const primary = new PostgresServer(first, binaries, await pickPort());
  const standby = new PostgresServer(second, binaries, await pickPort());
  const forget = [cleanup.add(() => primary.kill()), cleanup.add(() => standby.kill())];
  await primary.start();
  for (const name of databases) await primary.query('postgres', `CREATE DATABASE ${name}`);
  await primary.stop();
  // A stopped server's files are a copy as they are.
  execFileSync('cp', ['-a', first, second]);
  const conninfo = `host=127.0.0.1 port=${primary.port} user=openward password=${primary.password} application_name=${standbyName}`;
  writeFileSync(join(second, 'postgres/standby.signal'), '');
  writeFileSync(join(second, 'postgres/postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`);
  const { uid, gid } = { uid: ownerOf(first, '%u'), gid: ownerOf(first, '%g') };
  execFileSync('chown', ['-R', `${uid}:${gid}`, join(second, 'postgres')]);
  await primary.start();
  await standby.start();
  await primary.query('postgres', `ALTER SYSTEM SET synchronous_standby_names = '${standbyName}'`);
  await primary.query('postgres', 'SELECT pg_reload_conf()');
  const stop = async () => {
    primary.kill();
    standby.kill();
    for (const one of forget) one();
    removeFolder();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const url = (database: string) => {
    const userinfo = `openward:${encodeURIComponent(primary.password)}`;
    const hosts = `127.0.0.1:${primary.port},127.0.0.1:${standby.port}`;
    return `postgres://${userinfo}@${hosts}/${database}?target_session_attrs=read-write`;
  };
  return { primary, standby, url, stop };
}

function ownerOf(folder: string, format: '%u' | '%g'): string {
  return execFileSync('stat', ['-c', format, join(folder, 'postgres')], { encoding: 'utf8' }).trim();
}
