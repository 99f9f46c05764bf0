import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { cloneDatabases } from '../../../test/harness.ts';
import { startProxyTo, type TestProxy } from '../../../test/proxy.ts';
import { isUnavailable } from './connect.ts';
import { endSilent } from './silence.ts';

const limitMs = 700;

let way: TestProxy;
let pool: pg.Pool;
let stop: () => void;
beforeAll(async () => {
  way = await startProxyTo((await cloneDatabases()).main);
  pool = new pg.Pool({ connectionString: way.url, max: 1 });
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  stop = endSilent(pool, limitMs);
});
afterEach(() => way.mend());
afterAll(async () => {
  await pool.end();
  stop();
  await way.stop();
});

const pidOf = async () => (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;

it('whoever asks a server that says nothing more is told that it is away, and the next has another connection', async () => {
  const before = await pidOf();
  way.silence();
  const startedAt = performance.now();
  const error = await pool.query('SELECT 1').catch((reason: unknown) => reason);
  expect(isUnavailable(error)).toBe(true);
  expect(performance.now() - startedAt).toBeGreaterThan(limitMs);
  way.mend();
  expect(await pidOf()).not.toBe(before);
});

it('so is whoever is in the middle of a transaction', async () => {
  const client = await pool.connect();
  await client.query('BEGIN');
  way.silence('back');
  expect(isUnavailable(await client.query('SELECT 1').catch((reason: unknown) => reason))).toBe(true);
  client.release(true);
});

it('a connection of which nothing is asked is left alone, and so is one whose answers keep coming', async () => {
  const before = await pidOf();
  await sleep(2 * limitMs);
  const client = await pool.connect();
  const rows = client.query("SELECT repeat('x', 100000) AS x, pg_sleep(0.1) FROM generate_series(1, 20)");
  expect((await rows).rows).toHaveLength(20);
  client.release();
  expect(await pidOf()).toBe(before);
}, 20_000);

it('an answer that waited while the process stood still is taken', async () => {
  const before = await pidOf();
  const answer = pool.query('SELECT pg_sleep(0.05)');
  const until = performance.now() + 2 * limitMs;
  while (performance.now() < until);
  await answer;
  expect(await pidOf()).toBe(before);
});
