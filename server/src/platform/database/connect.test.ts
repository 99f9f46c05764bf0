import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabases, eventually, silentLog } from '../../../test/harness.ts';
import { type DatabasePool, openPool } from './connect.ts';

describe('a pool', () => {
  let pool: DatabasePool;
  let other: DatabasePool;
  beforeAll(async () => {
    const url = (await cloneDatabases()).main;
    pool = openPool({ url, name: 'main', max: 2, log: silentLog });
    other = openPool({ url, name: 'other', max: 1, log: silentLog });
  });
  afterAll(() => Promise.all([pool.close(), other.close()]));

  // An 'error' event that nobody listens to ends the process: vitest then fails the run.
  it('survives that a connection breaks in a transaction that waits for something else', async () => {
    const transaction = pool.db.transaction(async (tx) => {
      const { rows } = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
      await other.db.execute(sql`SELECT pg_terminate_backend(${rows[0]?.pid})`);
      await eventually('the backend is gone', async () => {
        const { rows: left } = await other.db.execute(sql`SELECT 1 FROM pg_stat_activity WHERE pid = ${rows[0]?.pid}`);
        return left.length === 0;
      });
      await tx.execute(sql`SELECT 1`);
    });
    await expect(transaction).rejects.toThrow();
    expect((await pool.db.execute(sql`SELECT 1`)).rows).toHaveLength(1);
  });
});
