import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabases, eventually, silentLog } from '../../../test/harness.ts';
import { startProxyTo, type TestProxy } from '../../../test/proxy.ts';
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

describe('a pool whose database stops answering in a transaction', () => {
  let proxy: TestProxy;
  let url: string;
  beforeAll(async () => {
    url = (await cloneDatabases()).main;
    proxy = await startProxyTo(url);
  });
  afterAll(() => proxy.stop());

  /** One connection, which waits for an answer no longer than a moment. */
  function openImpatient(): DatabasePool {
    const impatient = new URL(proxy.url);
    impatient.searchParams.set('query_timeout', '300');
    return openPool({ url: impatient.href, name: 'main', max: 1, log: silentLog });
  }

  it('has its place back when a transaction could not even begin', async () => {
    const { db, close } = openImpatient();
    for (let trial = 0; trial < 3; trial += 1) {
      proxy.loseAnswers((answer) => answer.includes('BEGIN'));
      await expect(db.transaction((tx) => tx.execute(sql`SELECT 1`))).rejects.toThrow();
      proxy.loseAnswers(null);
      expect((await db.execute(sql`SELECT 1`)).rows).toHaveLength(1);
    }
    await close();
  });

  it('never writes into a transaction that was left open: what was answered is committed', async () => {
    const { db, close } = openImpatient();
    const direct = openPool({ url, name: 'direct', max: 1, log: silentLog });
    await direct.db.execute(sql`CREATE TABLE said (word text NOT NULL)`);
    const left = db.transaction(async (tx) => {
      await tx.execute(sql`SELECT 1`);
      proxy.silence('back');
      await tx.execute(sql`SELECT 2`);
    });
    await expect(left).rejects.toThrow();
    proxy.mend();
    await db.execute(sql`INSERT INTO said VALUES ('hello')`);
    expect((await direct.db.execute(sql`SELECT word FROM said`)).rows).toEqual([{ word: 'hello' }]);
    await Promise.all([close(), direct.close()]);
  });
});
