import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrateDatabases } from '../src/databases.ts';
import { generateKeys } from '../src/platform/crypto/key-ring.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/platform/database/embedded-postgres.ts';
import { startJobs } from '../src/platform/jobs/jobs.ts';
import { createLog } from '../src/platform/log.ts';
import { jobKinds } from '../src/roles.ts';

/**
 * Once for a whole run: a real PostgreSQL (embedded, or the server of TEST_DATABASE_URL), template databases that each test
 * file clones in a tenth of a second, and keys.
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
  await execute(adminUrl, `CREATE DATABASE ${templates.chat}`);
  const urls = { main: databaseUrl(adminUrl, templates.main), chat: databaseUrl(adminUrl, templates.chat) };
  await migrateDatabases(urls);
  const jobs = await startJobs({
    url: urls.main,
    kinds: await jobKinds(),
    worker: false,
    log: createLog({ env: 'test', logLevel: 'silent' }),
  });
  await jobs.stop();

  project.provide('postgres', { adminUrl, run, templates });
  project.provide('keysDir', keysDir);
  return async () => {
    if (given !== undefined) await dropAll(adminUrl, run);
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

export function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export async function execute(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function dropAll(adminUrl: string, run: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
    [run],
  );
  for (const { name } of rows)
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
  await client.end();
}

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { adminUrl: string; run: string; templates: { main: string; chat: string } };
    keysDir: string;
  }
}
