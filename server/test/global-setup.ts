import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrateDatabases } from '../src/databases.ts';
import { generateKeys } from '../src/platform/crypto/key-ring.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/platform/database/embedded-postgres.ts';
import { startJobs } from '../src/platform/jobs/jobs.ts';
import { createLog } from '../src/platform/log.ts';
import { jobKinds } from '../src/roles.ts';
import { databaseUrl, execute } from './admin-connection.ts';
import { type CitusServers, createCitusDatabase, dropCitusDatabases, readCitus } from './citus/citus-databases.ts';

/**
 * Once for a whole run: a real PostgreSQL (embedded, or the server of TEST_DATABASE_URL), template databases that each test
 * file clones in a tenth of a second, and keys. With TEST_CHAT_DATABASE_URL, of the coordinator of a Citus, the chat's are there.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'openward test '));
  const keysDir = join(folder, 'keys');
  await generateKeys({ dir: keysDir });
  const given = process.env['TEST_DATABASE_URL'];
  const postgres = given === undefined ? await startPostgres(folder) : null;
  const adminUrl = given ?? postgres?.url('openward') ?? '';
  const run = `ow_${process.pid}_${Date.now().toString(36)}`;
  const templates = { main: `${run}_main`, chat: `${run}_chat` };
  await execute(adminUrl, `CREATE DATABASE ${templates.main}`);
  const chatUrl = process.env['TEST_CHAT_DATABASE_URL'];
  const citus = chatUrl === undefined ? null : await readCitus(chatUrl);
  const chat =
    citus === null ? databaseUrl(adminUrl, templates.chat) : await createCitusDatabase(citus, templates.chat);
  if (citus === null) await execute(adminUrl, `CREATE DATABASE ${templates.chat}`);
  const urls = { main: databaseUrl(adminUrl, templates.main), chat };
  await migrateDatabases(urls, { chatDistributed: citus !== null });
  const jobs = await startJobs({
    url: urls.main,
    kinds: await jobKinds(),
    worker: false,
    log: createLog({ env: 'test', logLevel: 'silent' }),
  });
  await jobs.stop();

  project.provide('postgres', { adminUrl, run, templates, citus });
  project.provide('keysDir', keysDir);
  return async () => {
    if (given !== undefined) await dropAll(adminUrl, run);
    if (citus !== null) await dropCitusDatabases(citus, run);
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

/**
 * With connections enough for the nodes of all files at once. And what a run writes need not outlive a power cut, nor does anybody
 * tune hundreds of databases that live for seconds: kills and crashes, which tests do make, lose nothing by it, and the tests of the
 * embedded PostgreSQL itself start their own, as it is in operation.
 */
const settings = { max_connections: 800, fsync: 'off', full_page_writes: 'off', autovacuum: 'off' };

async function startPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const start = () => startEmbeddedPostgres({ dataDir, databases: ['openward'], onProgress: () => {} });
  const fresh = await start();
  for (const [name, value] of Object.entries(settings))
    await execute(fresh.url('openward'), `ALTER SYSTEM SET ${name} = ${value}`);
  await fresh.stop();
  return start();
}

async function dropAll(adminUrl: string, run: string): Promise<void> {
  const named = `SELECT datname AS name FROM pg_database WHERE starts_with(datname, '${run}')`;
  for (const { name } of await execute<{ name: string }>(adminUrl, named))
    await execute(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

declare module 'vitest' {
  interface ProvidedContext {
    /** `citus`: where the chat databases are; null: beside the main ones. */
    postgres: { adminUrl: string; run: string; templates: { main: string; chat: string }; citus: CitusServers | null };
    keysDir: string;
  }
}
