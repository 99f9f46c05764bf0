import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cloneDatabases, silentLog } from '../../../test/harness.ts';
import { openPool } from '../database/connect.ts';
import { job, onJob, startJobs } from './jobs.ts';

const greet = job<{ name: string }>('test.greet');

describe('job queues', () => {
  it('give the job of a worker that was killed to another within half a minute', async () => {
    const url = (await cloneDatabases()).main;
    const pool = openPool({ url, name: 'main', max: 2, log: silentLog });
    const jobs = await startJobs({ url, kinds: [greet], worker: true, log: silentLog });
    onTestFinished(async () => {
      await jobs.stop();
      await pool.close();
    });
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
});
