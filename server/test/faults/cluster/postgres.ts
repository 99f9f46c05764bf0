import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/platform/database/embedded-postgres.ts';
import { eventually } from '../../eventually.ts';
import { sleep } from '../sleep.ts';
import type { Cleanup } from './cleanup.ts';
import { descendantsOf, signal } from './processes.ts';

/** SQLSTATE of who comes while it starts, or recovers after a crash. */
const cannotConnectNow = '57P03';
const startupMs = 20_000;

/** A database that can be killed, whole, and stopped, and is started again. */
export type FaultyDatabase = {
  readonly name: string;
  readonly url: string;
  kill(): void;
  pause(): void;
  goOn(): void;
  answers(timeoutMs?: number): Promise<void>;
  query<T extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<T[]>;
  stop(): Promise<void>;
};

/** A real PostgreSQL whose processes can be killed and stopped. Its supervisor, in this process, starts it again after a crash. */
export class FaultyPostgres implements FaultyDatabase {
  readonly name: string;
  readonly #dataDir: string;
  readonly #embedded: EmbeddedPostgres;
  readonly #database: string;
  #paused: number[] = [];

  private constructor(name: string, dataDir: string, embedded: EmbeddedPostgres, database: string) {
    this.name = name;
    this.#dataDir = dataDir;
    this.#embedded = embedded;
    this.#database = database;
  }

  static async start(options: {
    name: string;
    dataDir: string;
    database: string;
    cleanup: Cleanup;
  }): Promise<FaultyPostgres> {
    const { name, dataDir, database, cleanup } = options;
    const embedded = await startEmbeddedPostgres({ dataDir, databases: [database], onProgress: () => {} });
    const postgres = new FaultyPostgres(name, dataDir, embedded, database);
    cleanup.add(() => postgres.kill());
    // On a small disk the log of writes must leave room for the data.
    await postgres.query("ALTER SYSTEM SET max_wal_size = '64MB'");
    await postgres.query("ALTER SYSTEM SET min_wal_size = '32MB'");
    await postgres.query('SELECT pg_reload_conf()');
    return postgres;
  }

  get url(): string {
    return this.#embedded.url(this.#database);
  }

  /** kill -9, the postmaster and every backend. */
  kill(): void {
    for (const pid of this.#processes()) signal(pid, 'SIGKILL');
    this.#paused = [];
  }

  /** Everything stands still: connections stay open, nothing is answered. */
  pause(): void {
    this.#paused = this.#processes();
    for (const pid of this.#paused) signal(pid, 'SIGSTOP');
  }

  goOn(): void {
    for (const pid of this.#paused.splice(0)) signal(pid, 'SIGCONT');
  }

  /** Waits until it answers a query and takes a write. */
  async answers(timeoutMs = 30_000): Promise<void> {
    const probe =
      'CREATE TABLE IF NOT EXISTS fault_probe (n int); INSERT INTO fault_probe VALUES (1); DROP TABLE fault_probe';
    await eventually(`${this.name} answers`, () => this.query(probe).catch(() => null), timeoutMs);
  }

  /** Past every proxy. While it is starting up it is waited for. */
  async query<T extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<T[]> {
    const deadline = performance.now() + startupMs;
    for (;;) {
      try {
        return await this.#query<T>(statement, values);
      } catch (error) {
        if ((error as { code?: string }).code !== cannotConnectNow || performance.now() > deadline) throw error;
        await sleep(100);
      }
    }
  }

  async #query<T extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 5000, query_timeout: 20_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query<T>(statement, values);
      return rows ?? [];
    } finally {
      await client.end().catch(() => {});
    }
  }

  async stop(): Promise<void> {
    this.goOn();
    await this.#embedded.stop();
  }

  #processes(): number[] {
    const pidFile = join(this.#dataDir, 'postgres', 'postmaster.pid');
    let pid: number;
    try {
      pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
    } catch {
      return [];
    }
    // The postmaster first, so that it starts no other meanwhile.
    return [pid, ...descendantsOf(pid)];
  }
}
