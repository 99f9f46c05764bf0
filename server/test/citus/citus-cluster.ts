import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from '../../src/platform/database/embedded/binaries.ts';
import type { prepareCluster } from '../../src/platform/database/embedded/cluster.ts';
import { findLauncher, launchCommand, launchOptions } from '../../src/platform/database/embedded/launcher.ts';
import { pickPort } from '../../src/platform/database/embedded/postmaster.ts';
import { eventually } from '../eventually.ts';
import type { Cleanup } from '../faults/cluster/cleanup.ts';
import { PostgresServer } from '../standby.ts';
import { type CitusServers, createCitusDatabase } from './citus-databases.ts';

const workerCount = 2;
const run = promisify(execFile);

/** As the embedded PostgreSQL has them, but for the connections. */
const plainSettings = { max_connections: '800', shared_buffers: '128MB', timezone: 'UTC', log_timezone: 'UTC' };

/** As docs/scaling.md has it, but for what is about one machine: nobody else comes to 127.0.0.1, so neither passwords nor TLS. */
const citusSettings = {
  ...plainSettings,
  shared_preload_libraries: 'citus',
  // One for each database that has the extension, which a run of the tests has many of.
  max_worker_processes: '200',
  'citus.shard_count': '16',
  'citus.node_conninfo': 'sslmode=disable',
  'citus.recover_2pc_interval': '2s',
  'citus.enable_statistics_collection': 'off',
};

/** A coordinator and its workers, each a PostgreSQL of its own that can be killed and stopped. Nobody starts them again but the test. */
export class CitusCluster {
  readonly coordinator: PostgresServer;
  readonly workers: readonly PostgresServer[];
  readonly #down = new Set<PostgresServer>();

  private constructor(coordinator: PostgresServer, workers: readonly PostgresServer[]) {
    this.coordinator = coordinator;
    this.workers = workers;
  }

  /** @param folder which others may pass through: PostgreSQL does not run as root. */
  static async start(folder: string, binaries: Binaries, cleanup: Cleanup): Promise<CitusCluster> {
    const names = ['coordinator', ...Array.from({ length: workerCount }, (_, index) => `worker-${index + 1}`)];
    const servers: PostgresServer[] = [];
    for (const name of names) {
      servers.push(await startServer(join(folder, name), binaries, cleanup, citusSettings));
    }
    const [coordinator, ...workers] = servers;
    if (coordinator === undefined) throw new Error('A Citus has a coordinator.');
    return new CitusCluster(coordinator, workers);
  }

  get all(): readonly PostgresServer[] {
    return [this.coordinator, ...this.workers];
  }

  get servers(): CitusServers {
    const url = (server: PostgresServer) => server.url('postgres');
    return { coordinator: url(this.coordinator), workers: this.workers.map(url) };
  }

  /** @returns its URL at the coordinator */
  createDatabase(name: string): Promise<string> {
    return createCitusDatabase(this.servers, name);
  }

  kill(server: PostgresServer): void {
    server.kill();
    this.#down.add(server);
  }

  /** Starts what was killed, and waits until a query that all of them take part in is answered. */
  async mend(database: string, ask: string): Promise<void> {
    for (const server of this.#down) await server.start();
    this.#down.clear();
    const asked = () =>
      this.coordinator.query(database, ask).then(
        () => true,
        () => false,
      );
    await eventually('the coordinator and its workers answer', asked, 60_000);
  }

  async stop(): Promise<void> {
    for (const server of this.all) if (!this.#down.has(server)) await server.stop();
  }
}

/** A PostgreSQL of these programs without Citus, to compare with. */
export function startPlain(dataDir: string, binaries: Binaries, cleanup: Cleanup): Promise<PostgresServer> {
  return startServer(dataDir, binaries, cleanup, plainSettings);
}

async function startServer(
  dataDir: string,
  binaries: Binaries,
  cleanup: Cleanup,
  settings: Record<string, string>,
): Promise<PostgresServer> {
  const server = new PostgresServer(dataDir, binaries, await pickPort(), (dataDir, binaries) =>
    prepare(dataDir, binaries, settings),
  );
  cleanup.add(() => server.kill());
  await server.start();
  return server;
}

/** Of any version, where the embedded PostgreSQL has one: without the locales that came later. */
async function prepare(
  dataDir: string,
  binaries: Binaries,
  settings: Record<string, string>,
): ReturnType<typeof prepareCluster> {
  const folder = join(dataDir, 'postgres');
  const cluster = { dataDir, folder, logFile: join(dataDir, 'postgres.log'), password: '' };
  if (existsSync(join(folder, 'PG_VERSION')))
    return { cluster, launcher: await findLauncher(binaries.postgres, folder, false) };
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const launcher = await findLauncher(binaries.postgres, folder, true);
  const options = ['--username=openward', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions'];
  const [command, args] = launchCommand(launcher, binaries.initdb, [`--pgdata=${folder}`, ...options]);
  await run(command, args, launchOptions(launcher));
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  await appendFile(join(folder, 'postgresql.conf'), lines.join(''));
  return { cluster, launcher };
}
