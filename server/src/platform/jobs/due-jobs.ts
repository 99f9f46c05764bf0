import type { PgBoss } from 'pg-boss';
import type { Logger } from '../log.ts';

const lookEveryMs = 1000;

/** Whose time has come, as a worker would find it; one question for all queues. */
const question = `SELECT queue FROM unnest($1::text[]) AS queue WHERE EXISTS (
  SELECT FROM jobs.job WHERE name = queue AND state < 'active' AND NOT blocked AND start_after <= jobs.job_now())`;

/** Wakes whoever works on a queue once the time of a job has come. @returns what ends that. */
export function wakeWhenDue(boss: PgBoss, workers: ReadonlyMap<string, readonly string[]>, log: Logger): () => void {
  let looking = false;
  const look = async () => {
    looking = true;
    const { rows } = await boss.getDb().executeSql(question, [[...workers.keys()]]);
    for (const { queue } of rows) for (const id of workers.get(queue) ?? []) boss.notifyWorker(id);
  };
  const timer = setInterval(() => {
    if (looking) return;
    look()
      .catch((error) => log.warn({ error: String(error) }, 'job queue trouble, it is tried again'))
      .finally(() => {
        looking = false;
      });
  }, lookEveryMs);
  return () => clearInterval(timer);
}
