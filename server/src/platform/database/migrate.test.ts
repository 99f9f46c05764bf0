import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cloneDatabases } from '../../../test/harness.ts';
import { type MigrationBudget, migrateDatabase, statusOf } from './migrate.ts';

const budget: MigrationBudget = { lockTimeoutMs: 100, statementTimeoutMs: 5_000 };
const folders: string[] = [];
let url: string;
let folder: string;
let open: pg.Client[] = [];

beforeEach(async () => {
  await closeAll();
  url = (await cloneDatabases()).chat;
  await ask('DROP SCHEMA public CASCADE; DROP SCHEMA openward_migrations CASCADE; CREATE SCHEMA public');
  folder = folderOf(first, second);
});
afterAll(async () => {
  await closeAll();
  for (const one of folders) rmSync(one, { recursive: true });
});

type File = [name: string, when: number, sql: string];
const first: File = ['0001_first', 1000, 'CREATE TABLE runs (name text); INSERT INTO runs VALUES (1)'];
const second: File = ['0002_second', 2000, 'INSERT INTO runs VALUES (2);\n--> statement-breakpoint\nSELECT 1'];

function folderOf(...files: File[]): string {
  const made = mkdtempSync(join(tmpdir(), 'openward-migrations-'));
  folders.push(made);
  mkdirSync(join(made, 'meta'));
  for (const [name, , sql] of files) writeFileSync(join(made, `${name}.sql`), sql);
  const entries = files.map(([tag, when]) => ({ tag, when }));
  writeFileSync(join(made, 'meta/_journal.json'), JSON.stringify({ entries }));
  return made;
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'somebody' });
  client.on('error', () => {});
  open.push(client);
  await client.connect();
  return client;
}

async function closeAll(): Promise<void> {
  await Promise.all(open.map((client) => client.end()));
  open = [];
}

async function ask(statement: string): Promise<unknown[]> {
  const client = await connect();
  return (await client.query<Record<string, unknown>>(statement)).rows ?? [];
}

const migrate = (from = folder, more: { budget?: MigrationBudget; onProgress?: (line: string) => void } = {}) =>
  migrateDatabase({ url, name: 'main', folder: from, budget, ...more });

const runs = async () =>
  (await ask('SELECT name FROM runs ORDER BY name')).map((row) => (row as { name: string }).name);

describe('migrating', () => {
  it('eight nodes at once apply each migration once, and all end with the newest schema', async () => {
    const slow: File = ['0003_slow', 3000, 'SELECT pg_sleep(0.4); INSERT INTO runs VALUES (3)'];
    const all = folderOf(first, second, slow);
    const said: string[] = [];
    const ends = await Promise.all(
      Array.from({ length: 8 }, () => migrate(all, { onProgress: (line) => said.push(line) })),
    );
    expect(ends.map(({ pending, applied }) => [pending.length, applied.length])).toEqual(
      Array.from({ length: 8 }, () => [0, 3]),
    );
    expect(await runs()).toEqual(['1', '2', '3']);
    expect(said[0]).toMatch(/main database is being migrated by another node \(pid \d+ from 127\.0\.0\.1\)/);
  });

  it('who is killed in the middle leaves nothing half, and nobody has to wait for them', async () => {
    const long = folderOf(first, ['0002_long', 2000, 'INSERT INTO runs VALUES (2); SELECT pg_sleep(30)']);
    const victim = migrate(long);
    victim.catch(() => {});
    const admin = await connect();
    for (;;) {
      const { rowCount } = await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'openward-migrate' AND wait_event = 'PgSleep'`,
      );
      if (rowCount === 1) break;
    }
    await expect(victim).rejects.toThrow(/main 0002_long failed/);
    expect(await runs()).toEqual(['1']);
    expect((await migrate()).pending).toEqual([]);
    expect(await runs()).toEqual(['1', '2']);
  });

  it('a table in use is asked for in short tries, between which others get through, and is had when it is free', async () => {
    await migrate();
    const reader = await connect();
    await reader.query('BEGIN; SELECT * FROM runs');
    const wanting = folderOf(first, second, ['0003_column', 3000, 'ALTER TABLE runs ADD COLUMN more int']);
    const said = Promise.withResolvers<string>();
    const migration = migrate(wanting, { onProgress: said.resolve });
    expect(await said.promise).toMatch(
      /main 0003_column: a table is in use \(longest open: pid \d+, somebody, \d+ s\); try 2 of 10/,
    );
    // Behind a migration that waited for its lock, this would stand until the reader is done.
    const startedAt = performance.now();
    expect(await runs()).toEqual(['1', '2']);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    await reader.query('COMMIT');
    expect((await migration).pending).toEqual([]);
  });

  it('a statement beyond its time is rolled back, by name, with what to do; what came before it stays', async () => {
    const long = folderOf(first, ['0002_long', 2000, 'INSERT INTO runs VALUES (2); SELECT pg_sleep(30)']);
    await expect(migrate(long, { budget: { ...budget, statementTimeoutMs: 200 } })).rejects.toThrow(
      /main 0002_long has a statement that ran longer than 0.2 s.*MIGRATE_STATEMENT_TIMEOUT_S/,
    );
    expect(await runs()).toEqual(['1']);
  });

  it('one that came in late, with an earlier number, is not passed over', async () => {
    await migrate();
    const merged = folderOf(first, ['0001_late', 1500, 'INSERT INTO runs VALUES (15)'], second);
    expect((await statusOf({ url, name: 'main', folder: merged })).pending.map(({ name }) => name)).toEqual([
      '0001_late',
    ]);
    await migrate(merged);
    expect(await runs()).toEqual(['1', '15', '2']);
  });
});

describe('the status', () => {
  it('of a new database is all pending, and asking makes nothing', async () => {
    const { applied, pending } = await statusOf({ url, name: 'main', folder });
    expect([applied, pending.map(({ name }) => name)]).toEqual([[], ['0001_first', '0002_second']]);
    expect(await ask("SELECT 1 FROM pg_namespace WHERE nspname = 'openward_migrations'")).toEqual([]);
  });

  it('tells what a newer version did, and what was changed after it had been applied', async () => {
    await migrate();
    const older = folderOf(['0001_first', 1000, 'something else']);
    const { applied, pending, unknown } = await statusOf({ url, name: 'main', folder: older });
    expect(pending).toEqual([]);
    expect(applied).toMatchObject([{ name: '0001_first', changed: true }]);
    expect(unknown).toMatchObject([{ name: '0002_second', when: 2000 }]);
    // The older version, started anew beside the newer one, leaves it as it is.
    expect((await migrate(older)).unknown).toHaveLength(1);
  });

  it('reads what versions before it wrote down, which had no names', async () => {
    await ask(`CREATE SCHEMA openward_migrations;
      CREATE TABLE openward_migrations.applied (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
      INSERT INTO openward_migrations.applied (hash, created_at) VALUES ('x', 1000); CREATE TABLE runs (name text)`);
    expect((await statusOf({ url, name: 'main', folder })).applied).toMatchObject([
      { name: '0001_first', appliedAt: null },
    ]);
    await migrate();
    expect(await runs()).toEqual(['2']);
    await ask("INSERT INTO openward_migrations.applied (hash, created_at) VALUES ('as before', 4000)");
    expect((await statusOf({ url, name: 'main', folder })).unknown).toMatchObject([{ name: null, when: 4000 }]);
  });
});
