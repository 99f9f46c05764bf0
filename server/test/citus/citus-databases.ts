import pg from 'pg';
import { databaseUrl, execute } from '../admin-connection.ts';

/** A Citus that runs: its coordinator, and its workers as the coordinator knows them. The same user is let in at each. */
export type CitusServers = { coordinator: string; workers: string[] };

/** @param url of a database at the coordinator that has the extension and its workers. @throws Error that says what is missing. */
export async function readCitus(url: string): Promise<CitusServers> {
  const nodes = await execute<{ host: string; port: number }>(
    url,
    `SELECT node_name AS host, node_port::int AS port FROM citus_get_active_worker_nodes() ORDER BY 1, 2`,
  ).catch((error: Error) => {
    throw new Error(`The database of TEST_CHAT_DATABASE_URL is no coordinator of Citus: ${error.message}`);
  });
  if (nodes.length === 0)
    throw new Error('The Citus of TEST_CHAT_DATABASE_URL has no workers: citus_add_node adds them.');
  const workers = nodes.map(({ host, port }) => {
    const worker = new URL(url);
    worker.hostname = host;
    worker.port = String(port);
    return worker.href;
  });
  return { coordinator: url, workers };
}

/** An empty database at the coordinator and each worker, the workers made known to it. @returns its URL at the coordinator */
export async function createCitusDatabase({ coordinator, workers }: CitusServers, name: string): Promise<string> {
  for (const server of [coordinator, ...workers]) {
    await execute(server, `CREATE DATABASE ${name}`);
    await execute(databaseUrl(server, name), 'CREATE EXTENSION citus');
  }
  const made = databaseUrl(coordinator, name);
  await execute(made, `SELECT citus_set_coordinator_host(${addressOf(coordinator)})`);
  for (const worker of workers) await execute(made, `SELECT citus_add_node(${addressOf(worker)})`);
  return made;
}

/** What Citus knows of a database is in it, so that copies of it at each server are a database of Citus. */
export async function cloneCitusDatabase(
  { coordinator, workers }: CitusServers,
  { name, template }: { name: string; template: string },
): Promise<string> {
  for (const server of [coordinator, ...workers]) await copy(server, { name, template });
  return databaseUrl(coordinator, name);
}

/** Citus looks after each of its databases by a process of its own, which comes again, and nobody may be in one that is copied. */
async function copy(server: string, { name, template }: { name: string; template: string }): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await execute(server, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${template}'`);
    try {
      await execute(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
      return;
    } catch (error) {
      const objectInUse = '55006';
      if (!(error instanceof pg.DatabaseError) || error.code !== objectInUse || attempt === 20) throw error;
    }
  }
}

/** Drops the databases whose names begin so. */
export async function dropCitusDatabases({ coordinator, workers }: CitusServers, prefix: string): Promise<void> {
  for (const server of [coordinator, ...workers]) {
    const names = await execute<{ name: string }>(
      server,
      `SELECT datname AS name FROM pg_database WHERE starts_with(datname, '${prefix}')`,
    );
    for (const { name } of names) await execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
}

function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `'${hostname}', ${port}`;
}
