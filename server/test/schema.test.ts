import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseUrls, migrateDatabases } from '../src/databases.ts';
import { cloneDatabases } from './harness.ts';

const modules = fileURLToPath(new URL('../src/modules/', import.meta.url));
const names = readdirSync(modules);

let urls: DatabaseUrls;
const clients: pg.Client[] = [];
beforeAll(async () => {
  urls = await cloneDatabases();
});
afterAll(() => Promise.all(clients.map((client) => client.end())));

async function columnsIn(url: string): Promise<Map<string, Map<string, { nullable: boolean }>>> {
  const client = new pg.Client({ connectionString: url });
  clients.push(client);
  await client.connect();
  const { rows } = await client.query<{ table: string; column: string; nullable: boolean }>(
    `SELECT table_name AS table, column_name AS column, is_nullable = 'YES' AS nullable FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  const tables = new Map<string, Map<string, { nullable: boolean }>>();
  for (const { table, column, nullable } of rows) {
    const columns = tables.get(table) ?? new Map();
    tables.set(table, columns.set(column, { nullable }));
  }
  return tables;
}

async function tablesOf(module: string): Promise<Record<string, PgTable>> {
  const exported: Record<string, unknown> = await import(join(modules, module, 'tables.ts'));
  return Object.fromEntries(
    Object.entries(exported).filter((entry): entry is [string, PgTable] => is(entry[1], PgTable)),
  );
}

const owners = names.filter((name) => readdirSync(join(modules, name)).includes('tables.ts'));

describe('the tables in code', () => {
  it.each(owners)('of %s are the tables in the database, column by column', async (module) => {
    const actual = await columnsIn(module === 'chat' ? urls.chat : urls.main);
    for (const table of Object.values(await tablesOf(module))) {
      const columns = actual.get(getTableName(table));
      const inCode = Object.values(getTableColumns(table)).map(
        (column) => [column.name, { nullable: !column.notNull }] as const,
      );
      expect(Object.fromEntries(inCode), getTableName(table)).toEqual(Object.fromEntries(columns ?? []));
    }
  });

  it.each(names)('are written by their own module alone: %s writes no other', async (module) => {
    const foreign = (await Promise.all(owners.filter((owner) => owner !== module).map(tablesOf))).flatMap((tables) =>
      Object.keys(tables),
    );
    const own = owners.includes(module) ? Object.keys(await tablesOf(module)) : [];
    const written = readdirSync(join(modules, module), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) => [
        ...readFileSync(join(modules, module, file), 'utf8').matchAll(/\.(?:insert|update|delete)\((\w+)\)/g),
      ])
      .map(([, table = '']) => table);
    expect(written.filter((table) => foreign.includes(table) && !own.includes(table))).toEqual([]);
  });
});

describe('migrations', () => {
  it('run by four nodes at once are applied once, and again change nothing', async () => {
    await Promise.all(Array.from({ length: 4 }, () => migrateDatabases(urls)));
    const tables = await columnsIn(urls.main);
    expect(tables.has('accounts')).toBe(true);
  });
});
