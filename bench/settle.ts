import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const settledWithinMs = 30_000;

/**
 * Waits until Openward has no job to do. The first messages of a room send some, and there are as many of these as rooms: a measurement had them in
 * it, or not, as it happened.
 */
export async function jobsDone(name: string, mainUrl: string): Promise<void> {
  const main = new pg.Client({ connectionString: mainUrl });
  await main.connect();
  const deadlineMs = performance.now() + settledWithinMs;
  for (let due = 1; due > 0; await sleep(200)) {
    const { rows } = await main.query(
      `SELECT count(*)::int AS due FROM jobs.job WHERE state < 'completed' AND start_after < now()`,
    );
    due = rows[0].due;
    if (performance.now() < deadlineMs) continue;
    process.stdout.write(`${name}: ${due} jobs are still to be done, so the ratios mean little\n`);
    break;
  }
  await main.end();
}
