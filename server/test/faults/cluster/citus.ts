import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { isUnavailable } from '../../../src/platform/database/connect.ts';
import { CitusCluster } from '../../citus/citus-cluster.ts';
import { findCitus, howToInstall } from '../../citus/find-citus.ts';
import { sleep } from '../sleep.ts';
import type { Cleanup } from './cleanup.ts';
import type { FaultyDatabase } from './postgres.ts';

const database = 'openward_chat';
const recoverMs = 20_000;
/** Asks for rows on every worker. */
const ofAll = 'SELECT count(*) FROM rooms';

/** The chat database on a coordinator and two workers, which can be killed and stopped together or one by one. */
export class FaultyCitus implements FaultyDatabase {
  readonly name = 'chat';
  readonly cluster: CitusCluster;
  readonly url: string;
  /** Of Citus and of PostgreSQL, for reports. */
  readonly versions: string;

  private constructor(cluster: CitusCluster, url: string, versions: string) {
    this.cluster = cluster;
    this.url = url;
    this.versions = versions;
  }

  /** @throws Error that says what to install. */
  static async start(folder: string, cleanup: Cleanup): Promise<FaultyCitus> {
    const binaries = findCitus();
    if (binaries === null) throw new Error(howToInstall);
    const own = join(folder, 'citus');
    mkdirSync(own, { mode: 0o711 });
    const cluster = await CitusCluster.start(own, binaries, cleanup);
    const url = await cluster.createDatabase(database);
    const [row] = await cluster.coordinator.query<{ versions: string }>(
      database,
      `SELECT split_part(citus_version(), ' on ', 1) || ' on PostgreSQL ' || current_setting('server_version') AS versions`,
    );
    return new FaultyCitus(cluster, url, row?.versions ?? '');
  }

  kill(): void {
    for (const server of this.cluster.all) this.cluster.kill(server);
  }

  pause(): void {
    for (const server of this.cluster.all) server.pause();
  }

  goOn(): void {
    for (const server of this.cluster.all) server.goOn();
  }

  async answers(): Promise<void> {
    await this.cluster.mend(database, ofAll);
  }

  /** Past every proxy. While one of them is starting up it is waited for. */
  async query<T extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<T[]> {
    const deadline = performance.now() + recoverMs;
    for (;;) {
      try {
        return await this.cluster.coordinator.query<T>(database, statement, values);
      } catch (error) {
        if (!isUnavailable(error) || performance.now() > deadline) throw error;
        await sleep(100);
      }
    }
  }

  async stop(): Promise<void> {
    this.goOn();
    await this.cluster.stop();
  }
}
