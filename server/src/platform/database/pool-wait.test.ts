import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { watchWaiting } from './pool-wait.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('a pool for which nobody waits is not asked; one for which somebody does tells for how long, until they have it', async () => {
  const { platform, stop } = await server.addNode({ roles: ['worker'] });
  const { pool } = platform.main;
  const waitMs = watchWaiting(pool);
  const taken = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  expect(waitMs()).toBe(0);
  expect(pool.waitingCount).toBe(0);
  const waiting = pool.query('SELECT 1');
  waitMs();
  await eventually('it has waited', () => waitMs() > 100);
  // Ours and one more: asking again and again is one question.
  expect(pool.waitingCount).toBe(2);
  for (const client of taken) client.release();
  await waiting;
  await eventually('nobody waits', () => waitMs() === 0);
  await stop();
});
