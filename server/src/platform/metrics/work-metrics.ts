import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What a pool of connections says of itself. */
type PoolState = { readonly totalCount: number; readonly idleCount: number; readonly waitingCount: number };

/** Pools, jobs and mails: what waits, what runs, and what became of it. */
export type WorkMetrics = {
  pools: {
    watch(database: string, pool: PoolState): void;
    /** Somebody had to wait for a connection: all were in use, or one had to be made. */
    waited(database: string, seconds: number): void;
  };
  jobs: { ended(queue: string, outcome: JobOutcome, seconds: number): void };
  mails: { count(kind: string, result: MailResult): void };
  pushes: { count(result: PushResult): void };
};

/** `retried`: it failed and comes again; `failed`: for good. */
export type JobOutcome = 'done' | 'retried' | 'failed';
/** `void`: there was nothing to say any more. */
export type MailResult = 'sent' | 'refused' | 'void';
/** `gone`: the browser was forgotten; `refused`: not taken, for good; `failed`: it is tried again; `void`: as of mails. */
export type PushResult = 'sent' | 'gone' | 'refused' | 'failed' | 'void';

export function createWorkMetrics(registry: Registry): WorkMetrics {
  const registers = [registry];
  const pools = new Map<string, PoolState>();
  new Gauge({
    name: 'openward_database_connections',
    help: 'Connections to a database by state; waiting: callers that have none.',
    labelNames: ['database', 'state'],
    registers,
    collect() {
      for (const [database, { totalCount, idleCount, waitingCount }] of pools) {
        this.set({ database, state: 'used' }, totalCount - idleCount);
        this.set({ database, state: 'idle' }, idleCount);
        this.set({ database, state: 'waiting' }, waitingCount);
      }
    },
  });
  const waits = new Histogram({
    name: 'openward_database_pool_wait_seconds',
    help: 'Waits for a connection of those who found none idle.',
    labelNames: ['database'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const jobs = new Histogram({
    name: 'openward_job_duration_seconds',
    help: 'Time of one try of a job, by queue and outcome: done, retried, failed for good.',
    labelNames: ['queue', 'outcome'],
    buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120],
    registers,
  });
  const mails = new Counter({
    name: 'openward_mails_total',
    help: 'Mails by kind and result: sent, refused by the mail server or not delivered, void when there was nothing to say any more.',
    labelNames: ['kind', 'result'],
    registers,
  });
  const pushes = new Counter({
    name: 'openward_pushes_total',
    help: 'Pushes to browsers by result: sent, gone (the browser was forgotten), refused, failed (tried again), void when there was nothing to say any more.',
    labelNames: ['result'],
    registers,
  });
  return {
    pools: {
      watch: (database, pool) => void pools.set(database, pool),
      waited: (database, seconds) => waits.observe({ database }, seconds),
    },
    jobs: { ended: (queue, outcome, seconds) => jobs.observe({ queue, outcome }, seconds) },
    mails: { count: (kind, result) => mails.inc({ kind, result }) },
    pushes: { count: (result) => pushes.inc({ result }) },
  };
}
