import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloneDatabases, eventually, silentLog } from '../../../test/harness.ts';
import { type DatabasePool, openPool } from './connect.ts';
import { watchWaiting } from './pool-wait.ts';

let own: DatabasePool;
beforeAll(async () => {
  own = openPool({ url: (await cloneDatabases()).main, name: 'test', max: 2, log: silentLog });
});
afterAll(() => own.close());

test('a pool for which nobody waits is not asked; one for which somebody does tells for how long, until they have it', async () => {
  const { pool } = own;
  const waitMs = watchWaiting(pool);
  const taken = await Promise.all([pool.connect(), pool.connect()]);
  expect(waitMs()).toBe(0);
  expect(pool.waitingCount).toBe(0);
  const waiting = pool.query('SELECT 1');
  waitMs();
  await eventually('it has waited', () => waitMs() > 100);
  // Ours and one more: asking again and again is one question.
  const { waitingCount } = pool;
  for (const client of taken) client.release();
  await waiting;
  expect(waitingCount).toBe(2);
  await eventually('nobody waits', () => waitMs() === 0);
});
