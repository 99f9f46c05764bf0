import type pg from 'pg';
import type { Db as Asked } from 'pg-boss';
import type { Db } from '../database/connect.ts';

/** Its statements have no values in their text: there is one for each queue. */
const names = new Map<string, string>();

/**
 * How pg-boss asks, by any connection of a pool or that of a transaction. To plan its statement takes PostgreSQL as long as all the rest of
 * sending a job: it is prepared, once on each connection.
 */
export function askPrepared(db: Db): Asked {
  // Drizzle's own way to run a text has no name for it.
  const { client } = (db as unknown as { session: { client: pg.Pool | pg.ClientBase } }).session;
  return { executeSql: (text, values) => client.query({ name: nameOf(text), text, values: values ?? [] }) };
}

function nameOf(text: string): string {
  const name = names.get(text) ?? `jobs_${names.size + 1}`;
  names.set(text, name);
  return name;
}
