import { setTimeout as sleep } from 'node:timers/promises';
import { type Binaries, findBinaries } from './embedded/binaries.ts';
import { type Cluster, findCluster, prepareCluster, SUPERUSER } from './embedded/cluster.ts';
import { EmbeddedPostgresError } from './embedded/embedded-postgres-error.ts';
import type { Launcher } from './embedded/launcher.ts';
import { type Ownership, takeOwnership } from './embedded/ownership.ts';
import { findPostmaster, pickPort, spawnPostmaster, stopPostmaster } from './embedded/postmaster.ts';

export { EmbeddedPostgresError };

/** A PostgreSQL of our own, kept running until `stop`. */
export type EmbeddedPostgres = {
  /** The connection string of one of its databases. It stays the same while this runs. */
  url(database: string): string;
  port: number;
  /** Ends all connections, stops PostgreSQL and waits until it is gone. May be called more than once. */
  stop(): Promise<void>;
};

/** Names what it can't do in one line. It is for an operator to read, and goes on trying. */
type Listener = (message: string) => void;
type StartOptions = { dataDir: string; databases: readonly string[]; onProgress: Listener; onFault?: Listener };
type Machine = { cluster: Cluster; binaries: Binaries; launcher: Launcher; onProgress: Listener };
type Held = { ownership: Ownership; port: number };

/** Long enough for the workers of a killed postmaster to notice and end. */
const PATIENCE_MS = 15_000;
/** A postmaster that replays its log after a crash is left to it. */
const RECOVERY_PATIENCE_MS = 300_000;
const RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;
const TRANSIENT_FAILURE =
  /pre-existing shared memory|lock file|could not (bind|create any TCP)|address already in use/i;

/**
 * Owns the PostgreSQL cluster in DATA_DIR/postgres: makes it when new, starts its postmaster or adopts one that an
 * earlier, killed owner left, and creates the databases that are missing. When the postmaster dies, it is started again
 * on the same port.
 * @throws {EmbeddedPostgresError} when another Openward owns this folder, or PostgreSQL can't run here; one line
 */
export async function startEmbeddedPostgres(options: StartOptions): Promise<EmbeddedPostgres> {
  const { dataDir, databases, onProgress, onFault = onProgress } = options;
  const binaries = await findBinaries();
  const machine: Machine = { ...(await prepareCluster(dataDir, binaries, onProgress)), binaries, onProgress };
  const stopping = new AbortController();
  const first = await acquire(machine, undefined, stopping.signal);
  const { port } = first;
  try {
    await first.ownership.createMissing(databases);
  } catch (error) {
    await shutDown(machine.cluster, first);
    throw error;
  }

  let held: Held | null = first;
  let recovery: Promise<void> = Promise.resolve();
  function watch({ ownership }: Held): void {
    ownership.onLost(() => {
      if (stopping.signal.aborted) return;
      held = null;
      onFault('The embedded PostgreSQL closed our connection. Taking hold of it again, or starting it anew.');
      recovery = recover(machine, port, stopping.signal, onFault).then((again) => {
        held = again;
        if (again) watch(again);
      });
    });
  }
  watch(first);

  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    stopping.abort();
    await recovery;
    if (held) await shutDown(machine.cluster, held);
  }
  return {
    url: (database) => connectionUrl(machine.cluster, port, database),
    port,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/**
 * For commands beside a running server: how to reach the cluster that runs on this folder, or null when none runs.
 * Takes nothing, starts nothing, stops nothing. It may still be starting.
 */
export async function attachEmbeddedPostgres(options: {
  dataDir: string;
}): Promise<{ url(database: string): string } | null> {
  const cluster = await findCluster(options.dataDir);
  const running = cluster && (await findPostmaster(cluster));
  return running ? { url: (database) => connectionUrl(cluster, running.port, database) } : null;
}

/** Gets hold of the cluster, on this port or, without one, on any. */
async function acquire(machine: Machine, port: number | undefined, signal: AbortSignal): Promise<Held> {
  const startedAt = Date.now();
  let reason = 'it does not answer';
  let spawnedPid: number | undefined;
  for (let patienceMs = PATIENCE_MS; Date.now() - startedAt < patienceMs; await sleep(RETRY_MS)) {
    signal.throwIfAborted();
    const running = await findPostmaster(machine.cluster);
    if (running) {
      const ownership = await takeOwnership(machine.cluster, running.port).catch(async (error: unknown) => {
        if (running.pid === spawnedPid) await stopPostmaster(running.pid);
        throw error;
      });
      if (ownership === 'taken') throw alreadyOwned(machine.cluster, running);
      if (ownership === 'unreachable') {
        patienceMs = running.isReady ? PATIENCE_MS : RECOVERY_PATIENCE_MS;
      } else if (port === undefined || running.port === port) {
        return { ownership, port: running.port };
      } else {
        // Somebody else started it while we were without it, and left. Our connection strings name the old port.
        await shutDown(machine.cluster, { ownership, port: running.port });
      }
      continue;
    }
    const { cluster, binaries, launcher, onProgress } = machine;
    const result = await spawnPostmaster(cluster, binaries, launcher, port ?? (await pickPort()), onProgress);
    if (!('failure' in result)) {
      spawnedPid = result.pid;
      continue;
    }
    reason = result.failure;
    if (!TRANSIENT_FAILURE.test(reason)) break;
  }
  throw new EmbeddedPostgresError(`The embedded PostgreSQL in ${machine.cluster.folder} does not start: ${reason}`);
}

/** Tries until it works or `signal` says to stop, then null. */
async function recover(machine: Machine, port: number, signal: AbortSignal, onFault: Listener): Promise<Held | null> {
  for (let delayMs = RETRY_MS; !signal.aborted; delayMs = Math.min(delayMs * 2, LONGEST_RETRY_MS)) {
    try {
      const held = await acquire(machine, port, signal);
      machine.onProgress('The embedded PostgreSQL runs again.');
      return held;
    } catch (error) {
      if (!signal.aborted) onFault(error instanceof Error ? error.message : String(error));
    }
    // Aborting cuts the wait short; the loop then ends.
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }
  return null;
}

/** The lock is held until PostgreSQL itself ends the connection, so that nobody takes over in between. */
async function shutDown(cluster: Cluster, { ownership }: Held): Promise<void> {
  const running = await findPostmaster(cluster);
  if (running) await stopPostmaster(running.pid);
  await ownership.release();
}

function alreadyOwned(cluster: Cluster, { pid, port }: { pid: number; port: number }): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${cluster.dataDir} is in use by another Openward (postgres pid ${pid}, port ${port}). Stop that one, or set DATA_DIR to another folder.`,
  );
}

function connectionUrl(cluster: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(cluster.password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}
