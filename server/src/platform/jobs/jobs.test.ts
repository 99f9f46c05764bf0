import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cloneDatabases, eventually, silentLog } from '../../../test/harness.ts';
import { recordStatements } from '../../../test/statements.ts';
import { type DatabasePool, openPool } from '../database/connect.ts';
import { Trace } from '../tracing/trace.ts';
import type { JobOrigin } from './job-envelope.ts';
import { job, onJob, startJobs, untilKept } from './jobs.ts';

const greet = job<{ name: string }>('test.greet');
const lasting = job<{ name: string }>('test.lasting', untilKept({ delayS: 1, maxDelayS: 60 }));

/** On a database of its own, until the test is over. */
async function startWorker() {
  const url = (await cloneDatabases()).main;
  const pool = openPool({ url, name: 'main', max: 2, log: silentLog });
  const jobs = await startJobs({ url, kinds: [greet, lasting], worker: true, log: silentLog });
  onTestFinished(async () => {
    await jobs.stop();
    await pool.close();
  });
  return { jobs, pool };
}

describe('job queues', () => {
  it('give the job of a worker that was killed to another within half a minute', async () => {
    const { jobs, pool } = await startWorker();
    await jobs.send(pool.db, greet, { name: 'Ana' });
    // What a worker leaves that took the job and was killed.
    await pool.db.execute(
      sql`UPDATE jobs.job SET state = 'active', started_on = now(), heartbeat_on = now() WHERE name = ${greet.name}`,
    );
    const startedAt = performance.now();
    const greeted = new Promise<string>((resolve, reject) => {
      const handler = onJob(greet, async (_ctx, { name }) => resolve(name));
      jobs.work([handler], () => ({})).catch(reject);
    });
    expect(await greeted).toBe('Ana');
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  it('hand on the ids of the call that sent a job beside its payload, and take jobs without them', async () => {
    const { jobs, pool } = await startWorker();
    const trace = new Trace({ flags: 1 });
    await jobs.send(
      pool.db,
      greet,
      { name: 'Ana' },
      { origin: { requestId: 'call', ip: null, userAgent: null, trace } },
    );
    await jobs.send(pool.db, greet, { name: 'Bo' });
    const handled = new Map<string, { payload: object; from: JobOrigin }>();
    const handler = onJob(greet, async (from: JobOrigin, payload) => void handled.set(payload.name, { payload, from }));
    await jobs.work([handler], (from) => from);
    await eventually('both are handled', () => handled.size === 2);
    const [ana, bo] = [handled.get('Ana'), handled.get('Bo')];
    expect([ana?.payload, bo?.payload]).toEqual([{ name: 'Ana' }, { name: 'Bo' }]);
    expect([ana?.from.requestId, ana?.from.trace.traceId, ana?.from.trace.sampled]).toEqual([
      'call',
      trace.traceId,
      true,
    ]);
    expect(bo?.from.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(bo?.from.trace.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('give what waits for its time to a worker within seconds of it, however many come due at once', async () => {
    const { jobs, pool } = await startWorker();
    const greeted = new Set<string>();
    await jobs.work([onJob(greet, async (_ctx, { name }) => void greeted.add(name))], () => ({}));
    const dueAt = Date.now() + 2000;
    const startAfter = new Date(dueAt).toISOString();
    const names = Array.from({ length: 40 }, (_, n) => `Ana ${n}`);
    for (const name of names) await jobs.send(pool.db, greet, { name }, { startAfter });
    await eventually('all are greeted', () => greeted.size === names.length, 40_000);
    expect(Date.now() - dueAt).toBeGreaterThanOrEqual(0);
    expect(Date.now() - dueAt).toBeLessThan(10_000);
  });

  it('that are tried until they are kept no longer are tried for two weeks', async () => {
    const { pool } = await startWorker();
    const { rows } = await pool.db.execute<{ name: string; tries: number; kept: number }>(
      sql`SELECT name, retry_limit * retry_delay_max AS tries, retention_seconds AS kept FROM jobs.queue WHERE name = ${lasting.name}`,
    );
    const [queue] = rows;
    expect(queue?.kept).toBe(14 * 24 * 3600);
    expect(queue?.tries).toBeGreaterThan(13.9 * 24 * 3600);
  });

  it('are made by whoever sends to one that nobody has made yet, once, though many do at the same time and within transactions', async () => {
    const { pool } = await startWorker();
    const other = job<{ name: string }>('test.unheard-of');
    const sender = await startJobs({
      url: pool.pool.options.connectionString ?? '',
      kinds: [],
      worker: false,
      log: silentLog,
    });
    onTestFinished(() => sender.stop());
    await Promise.all([1, 2].map((n) => pool.db.transaction((tx) => sender.send(tx, other, { name: `${n}` }))));
    const { rows } = await pool.db.execute(sql`SELECT name FROM jobs.job WHERE name = ${other.name}`);
    expect(rows).toHaveLength(2);
  });

  it('are sent to by one statement for each, prepared once on a connection, that goes with its transaction', async () => {
    const url = (await cloneDatabases()).main;
    const sender = await startJobs({ url, kinds: [greet], worker: false, log: silentLog });
    const one = openPool({ url, name: 'main', max: 1, log: silentLog });
    onTestFinished(async () => {
      await sender.stop();
      await one.close();
    });
    await sender.send(one.db, greet, { name: 'Ana' });
    await one.db.transaction((tx) => sender.send(tx, greet, { name: 'Bo' }));
    const left = one.db.transaction(async (tx) => {
      await sender.send(tx, greet, { name: 'Cleo' });
      throw new Error('changed its mind');
    });
    await expect(left).rejects.toThrow('changed its mind');
    const { rows } = await one.db.execute(
      sql`SELECT data ->> 'name' AS name FROM jobs.job WHERE name = ${greet.name} ORDER BY 1`,
    );
    expect(rows).toEqual([{ name: 'Ana' }, { name: 'Bo' }]);
    const { rows: prepared } = await one.db.execute(
      sql`SELECT generic_plans + custom_plans AS runs FROM pg_prepared_statements WHERE statement LIKE '%INSERT INTO jobs.%'`,
    );
    expect(prepared).toEqual([{ runs: '3' }]);
  });

  it('take those that may wait together, each key once over all nodes, at once when their node stops, and go on when one cannot be sent', async () => {
    const url = (await cloneDatabases()).main;
    const pool = openPool({ url, name: 'main', max: 2, log: silentLog });
    const senders = await Promise.all(
      [1, 2].map(() => startJobs({ url, kinds: [greet], worker: false, log: silentLog })),
    );
    onTestFinished(() => pool.close());
    const recorded = recordStatements(url);
    onTestFinished(() => recorded.stop());
    const names = Array.from({ length: 200 }, (_, n) => `n${n}`);
    for (const [sender, own] of [
      [senders[0], names],
      [senders[1], names.toReversed()],
    ] as const) {
      for (const name of own) sender?.sendSoon(greet, { name }, { once: { key: name } });
    }
    const lonely = job<{ name: string }>('a name that no queue may have!');
    senders[0]?.sendSoon(lonely, { name: 'Ana' });
    const sent = async () =>
      (await pool.db.execute(sql`SELECT data ->> 'name' AS name FROM jobs.job WHERE name = ${greet.name}`)).rows;
    expect(await sent()).toEqual([]);
    await Promise.all(senders.map((sender) => sender.stop()));
    expect((await sent()).map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(recorded.all().filter(({ text }) => /INSERT INTO jobs\.job/.test(text))).toHaveLength(2);
  });

  it('finish what has begun when they are to rest, take nothing more, and can still be sent to', async () => {
    const { jobs, pool } = await startWorker();
    const goOn = Promise.withResolvers<void>();
    const begun: string[] = [];
    const greeted: string[] = [];
    const handler = onJob(greet, async (_ctx, { name }) => {
      begun.push(name);
      await goOn.promise;
      greeted.push(name);
    });
    await jobs.work([handler], () => ({}));
    // Both hands are full, so that none is just reaching for the next.
    for (const name of ['Ana', 'Cy']) await jobs.send(pool.db, greet, { name });
    await eventually('both have begun', () => begun.length === 2);
    const resting = jobs.rest();
    await jobs.send(pool.db, greet, { name: 'Bo' });
    goOn.resolve();
    await resting;
    expect(greeted.toSorted()).toEqual(['Ana', 'Cy']);
    expect(await statesIn(pool)).toEqual(['completed', 'completed', 'created']);
  });

  it('that are not finished at the stop go back into the queue, where another worker finds them', async () => {
    const { jobs, pool } = await startWorker();
    const begun = Promise.withResolvers<void>();
    const neverDone = async () => {
      begun.resolve();
      await new Promise(() => {});
    };
    await jobs.work([onJob(greet, neverDone)], () => ({}));
    await jobs.send(pool.db, greet, { name: 'Ana' });
    await begun.promise;
    const startedAt = performance.now();
    await jobs.stop();
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(await statesIn(pool)).toEqual(['retry']);
  });
});

async function statesIn({ db }: DatabasePool): Promise<unknown[]> {
  const { rows } = await db.execute(sql`SELECT state FROM jobs.job WHERE name = ${greet.name} ORDER BY created_on`);
  return rows.map(({ state }) => state);
}
