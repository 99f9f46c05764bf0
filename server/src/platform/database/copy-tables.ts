import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from, to } from 'pg-copy-streams';
import { startOptions } from './connect.ts';
import { connectionOf } from './database-url.ts';

/** A table with the columns that hold its data; what PostgreSQL computes by itself is left out. */
export type Table = { schema: string; name: string; columns: readonly string[] };

/** Values as text in one way, whatever the server's settings: what one writes another reads. */
const session = {
  ...{ timezone: 'UTC', datestyle: 'ISO', intervalstyle: 'postgres' },
  ...{ statement_timeout: '0', lock_timeout: '10s' },
  // Of Citus, elsewhere a name without a meaning: one connection to each machine, so that a transaction sees it as of one moment.
  'citus.max_adaptive_executor_pool_size': '1',
};

/** A connection of its own for long work, outside of every pool and its time limits. */
export async function connectForCopying(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...connectionOf(url),
    application_name: name,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    options: startOptions(session),
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** The tables of schemas, each after those that it refers to. Partitions are part of their table. */
export async function listTables(client: pg.Client, schemas: readonly string[]): Promise<Table[]> {
  const { rows } = await client.query<Table & { id: number }>(
    `SELECT c.oid::int AS id, n.nspname AS schema, c.relname AS name,
            array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     GROUP BY c.oid, n.nspname, c.relname ORDER BY n.nspname, c.relname`,
    [schemas],
  );
  const { rows: references } = await client.query<{ by: number; to: number }>(
    `SELECT conrelid::int AS by, confrelid::int AS to FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid`,
  );
  return inOrder(rows, references).map(({ schema, name, columns }) => ({ schema, name, columns }));
}

function inOrder<T extends { id: number }>(
  tables: readonly T[],
  references: readonly { by: number; to: number }[],
): T[] {
  const placed: T[] = [];
  let waiting = [...tables];
  while (waiting.length > 0) {
    const missing = new Set(waiting.map(({ id }) => id));
    const ready = waiting.filter(({ id }) => !references.some(({ by, to }) => by === id && missing.has(to)));
    // Tables that refer to each other in a circle could be filled in no order.
    if (ready.length === 0)
      throw new Error('Tables refer to each other in a circle: they cannot be copied in any order.');
    placed.push(...ready);
    waiting = waiting.filter((table) => !ready.includes(table));
  }
  return placed;
}

/** The names of tables that have triggers of their own, as {@link nameOf} says them. Distributed tables have none, and Citus lets none be turned off. */
export async function listTriggered(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<Pick<Table, 'schema' | 'name'>>(
    `SELECT DISTINCT n.nspname AS schema, c.relname AS name
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal`,
  );
  return new Set(rows.map(nameOf));
}

/** @returns how many rows went into `target`, in PostgreSQL's text format */
export async function copyOut(
  client: pg.Client,
  table: Table,
  where: string | undefined,
  ...target: [Writable] | [NodeJS.ReadWriteStream, ...NodeJS.ReadWriteStream[], Writable]
): Promise<number> {
  const filter = where === undefined ? '' : ` WHERE ${where}`;
  const source = client.query(to(`COPY (SELECT ${columnsOf(table)} FROM ${nameOf(table)}${filter}) TO STDOUT`));
  await pipeline([source, ...target]);
  return source.rowCount;
}

/** @returns how many rows came in. References are checked as for any other row. */
export async function copyIn(client: pg.Client, table: Table, ...source: Readable[]): Promise<number> {
  const target = client.query(from(`COPY ${nameOf(table)} (${columnsOf(table)}) FROM STDIN`));
  await pipeline([...source, target]);
  return target.rowCount;
}

export function nameOf({ schema, name }: Pick<Table, 'schema' | 'name'>): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}

function columnsOf({ columns }: Table): string {
  return columns.map((column) => pg.escapeIdentifier(column)).join(', ');
}
