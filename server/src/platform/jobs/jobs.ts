import { type JobWithMetadata, PgBoss } from 'pg-boss';
import type { Origin } from '../../context.ts';
import type { Db } from '../database/connect.ts';
import { connectionOf } from '../database/database-url.ts';
import type { Logger } from '../log.ts';
import type { JobOutcome } from '../metrics/work-metrics.ts';
import type { Metrics } from '../metrics.ts';
import { continueTrace, type Trace } from '../tracing/trace.ts';
import { type SpanOptions, type Tracing, traced } from '../tracing/tracing.ts';
import { askPrepared } from './ask-prepared.ts';
import { wakeWhenDue } from './due-jobs.ts';
import { GatheredJobs } from './gathered-jobs.ts';
import { type JobOrigin, openJob, sealJob } from './job-envelope.ts';

/** A kind of background work: its queue and how it is tried again. The payload carries ids; the handler reloads. */
export type JobKind<T extends object> = {
  readonly name: string;
  readonly retries: { readonly limit: number; readonly delayS: number; readonly maxDelayS: number };
  readonly payload?: T;
};

/** Retries back off exponentially from `delayS` to `maxDelayS`; after `limit` of them the job has failed and is logged. */
export function job<T extends object>(
  name: string,
  retries: JobKind<T>['retries'] = { limit: 20, delayS: 1, maxDelayS: 300 },
): JobKind<T> {
  return { name, retries };
}

/** So long pg-boss keeps a job that waits. */
const keptS = 14 * 24 * 3600;

/** Tries for what has to be done, however long a database that it needs is away: as long as the job is kept. */
export function untilKept({ delayS, maxDelayS }: { delayS: number; maxDelayS: number }): JobKind<object>['retries'] {
  return { limit: Math.floor(keptS / maxDelayS), delayS, maxDelayS };
}

/** What a worker runs. Handlers are idempotent: a job may run twice. `cron` (UTC) makes it run by the clock as well. */
export type JobHandler<Ctx> = {
  kind: JobKind<object>;
  cron?: string;
  run(ctx: Ctx, payload: never): Promise<void>;
};

/** Ties a handler to the payload of its kind. */
export function onJob<Ctx, T extends object>(
  kind: JobKind<T>,
  run: (ctx: Ctx, payload: T) => Promise<void>,
  options: { cron?: string } = {},
): JobHandler<Ctx> {
  return { kind, run, ...options };
}

export type SendOptions = {
  /** Not before this time (RFC 3339). */
  startAfter?: string;
  /** One job with this key, ever: another is not sent, whatever became of the first. For half a day, which is as long as it has to be. */
  once?: { key: string };
};

const onceS = 12 * 3600;

/** `origin`: the call that it is sent from. */
type Sending = SendOptions & { origin?: Origin };

export type Jobs = {
  /** Puts a job into its queue, within the transaction when `tx` is one: it commits or rolls back with the change. */
  send<T extends object>(tx: Db, kind: JobKind<T>, payload: T, options?: Sending): Promise<void>;
  /** The same for what may wait a second, and is worth no more: a crash meanwhile loses it. In no transaction; what fails is logged. */
  sendSoon<T extends object>(kind: JobKind<T>, payload: T, options?: Sending): void;
  /** Starts working. `ctx` is made anew for each job, with the ids of the call that sent it for logs and audit. */
  work<Ctx>(handlers: JobHandler<Ctx>[], contextFor: (from: JobOrigin) => Ctx): Promise<void>;
  /** Takes no more jobs, and waits for those that have begun. Sending goes on. */
  rest(): Promise<void>;
  /** Sends what waits to be sent. What is still running goes back into its queue, for another worker. */
  stop(): Promise<void>;
};

/** What a call sends, with where it comes from. */
export type CallJobs = {
  send<T extends object>(kind: JobKind<T>, payload: T, options?: SendOptions): Promise<void>;
  sendSoon<T extends object>(kind: JobKind<T>, payload: T, options?: SendOptions): void;
};

export function jobsOf(jobs: Jobs, db: Db, origin: Origin): CallJobs {
  return {
    send: (kind, payload, options) => jobs.send(db, kind, payload, { ...options, origin }),
    sendSoon: (kind, payload, options) => jobs.sendSoon(kind, payload, { ...options, origin }),
  };
}

/**
 * A worker says so often that it is still at a job; when it has not for so long, or nobody has looked for so long, the job is
 * another worker's. By default a killed worker's job would wait for fifteen minutes, and a room with it.
 */
const abandonedAfterS = 10;

/** Above what any statement of a queue takes. Without it, a worker whose database vanished in silence waits for the answer until TCP gives up. */
const statementBounds = { statement_timeout: 15_000, query_timeout: 16_000, keepAlive: true };

/** Jobs of a kind that a worker runs side by side. */
const atOnce = 2;

/**
 * A worker is woken within milliseconds of a job that is sent, and within a second of one whose time has come, or which it was not woken for. By
 * itself it looks every five minutes; each second only while PostgreSQL cannot notify. All of them each second were sixty statements from a
 * node that has nothing to do, each half minute, pg-boss's default, still two.
 */
const pace = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 300, includeMetadata: true } as const;

/** Job queues in the main database (pg-boss, schema `jobs`). Every role may send; only a worker works and keeps time. */
export async function startJobs(options: {
  url: string;
  /** Whose queues are made, or brought up to date, at once. */
  kinds: JobKind<object>[];
  worker: boolean;
  log: Logger;
  metrics?: Pick<Metrics, 'jobs'>;
  tracing?: Tracing | null;
}): Promise<Jobs> {
  const { log, metrics, tracing = null } = options;
  const boss = new PgBoss({
    ...connectionOf(options.url),
    ...statementBounds,
    schema: 'jobs',
    application_name: 'openward-jobs',
    max: options.worker ? 6 : 2,
    supervise: options.worker,
    schedule: options.worker,
    useListenNotify: options.worker,
    superviseIntervalSeconds: abandonedAfterS,
    monitorIntervalSeconds: abandonedAfterS,
    connectionTimeoutMillis: 2_000,
  });
  boss.on('error', (error) => options.log.warn({ error: error.message }, 'job queue trouble, it is tried again'));
  boss.on('warning', (warning) => options.log.warn({ warning: warning.message }, 'job queue warning'));
  await boss.start();
  const ensureQueue = await openQueues(boss, options.kinds);
  const gathered = new GatheredJobs(async (kind, jobs) => {
    try {
      await ensureQueue(kind);
      await boss.insert(kind.name, jobs);
    } catch (err) {
      log.warn({ job: kind.name, jobs: jobs.length, err }, 'jobs that could wait were not sent');
    }
  }, tracing);
  const workers = new Map<string, string[]>();
  let stopWaking = () => {};
  return {
    async send(tx, kind, payload, sending = {}) {
      await ensureQueue(kind);
      await boss.send(kind.name, dataOf(payload, sending), { db: askPrepared(tx), ...timesOf(sending) });
    },
    sendSoon: (kind, payload, sending = {}) =>
      gathered.add(kind, { data: dataOf(payload, sending), ...timesOf(sending) }),
    async work(handlers, contextFor) {
      for (const handler of handlers) {
        const ids = await startWorking(boss, handler, contextFor, { log, metrics, tracing });
        workers.set(handler.kind.name, ids);
      }
      stopWaking = wakeWhenDue(boss, workers, log);
    },
    rest: async () => {
      stopWaking();
      await Promise.all([...workers.keys()].map((name) => boss.offWork(name, { wait: true })));
      workers.clear();
    },
    stop: async () => {
      stopWaking();
      await gathered.flush();
      await boss.stop({ graceful: false });
    },
  };
}

/** Makes the queues that are missing. @returns what makes one that is. */
async function openQueues(
  boss: PgBoss,
  kinds: readonly JobKind<object>[],
): Promise<(kind: JobKind<object>) => Promise<void>> {
  const there = new Set((await boss.getQueues()).map(({ name }) => name));
  for (const { name, retries } of kinds) {
    if (there.has(name)) await boss.updateQueue(name, settingsOf(retries));
    else await boss.createQueue(name, settingsOf(retries));
    there.add(name);
  }
  /** A node that only sends makes a queue when it first sends to it, and so knows no handlers. Outside of the sender's transaction. */
  const making = new Map<string, Promise<void>>();
  return async ({ name, retries }) => {
    if (there.has(name)) return;
    const made = making.get(name) ?? boss.createQueue(name, settingsOf(retries));
    making.set(name, made);
    await made.finally(() => making.delete(name));
    there.add(name);
  };
}

function dataOf(payload: object, { origin }: Sending): object {
  return origin === undefined ? payload : sealJob(payload, origin);
}

function timesOf({ startAfter, once }: Sending) {
  return {
    ...(startAfter === undefined ? {} : { startAfter }),
    ...(once === undefined ? {} : { singletonKey: once.key, singletonSeconds: onceS }),
  };
}

function settingsOf(retries: JobKind<object>['retries']) {
  return {
    retryLimit: retries.limit,
    retryDelay: retries.delayS,
    retryDelayMax: retries.maxDelayS,
    retryBackoff: true,
    retentionSeconds: keptS,
    heartbeatSeconds: abandonedAfterS,
    notify: true,
  };
}

async function startWorking<Ctx>(
  boss: PgBoss,
  handler: JobHandler<Ctx>,
  contextFor: (from: JobOrigin) => Ctx,
  { log, metrics, tracing }: { log: Logger; metrics: Pick<Metrics, 'jobs'> | undefined; tracing: Tracing | null },
): Promise<string[]> {
  const { kind, cron } = handler;
  const run = async (item: JobWithMetadata<object>): Promise<void> => {
    const { payload, parent, requestId } = openJob(item.data);
    await traced(tracing, spanOf(kind.name, item.id, parent), async (trace = continueTrace(parent)) => {
      const from = { requestId: requestId ?? item.id, trace };
      const ids = { job: kind.name, jobId: item.id, requestId: from.requestId, traceId: trace.traceId };
      const startedAt = performance.now();
      const ended = (outcome: JobOutcome) =>
        metrics?.jobs.ended(kind.name, outcome, (performance.now() - startedAt) / 1000);
      try {
        await handler.run(contextFor(from), payload as never);
        ended('done');
        log.debug({ ...ids, durationMs: Math.round(performance.now() - startedAt) }, 'job done');
      } catch (error) {
        const last = item.retryCount >= kind.retries.limit;
        ended(last ? 'failed' : 'retried');
        log[last ? 'error' : 'warn'](
          { ...ids, attempt: item.retryCount + 1, err: error },
          last ? 'job failed for good' : 'job failed, it is tried again',
        );
        throw error;
      }
    });
  };
  const ids: string[] = [];
  while (ids.length < atOnce) {
    const id: string = await boss.work(kind.name, pace, async ([item]: JobWithMetadata<object>[]) => {
      if (item === undefined) return;
      // Another may have come meanwhile, or its time.
      await run(item).finally(() => boss.notifyWorker(id));
    });
    ids.push(id);
  }
  if (cron !== undefined) await boss.schedule(kind.name, cron, {}, { tz: 'UTC' });
  return ids;
}

/** Each try of a job is a span in the trace that it was sent in; a job of the clock begins one. */
function spanOf(queue: string, jobId: string, parent: Trace | null): SpanOptions {
  return {
    name: `process ${queue}`,
    kind: 'consumer',
    parent,
    attributes: {
      'messaging.system': 'pg-boss',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': queue,
      'messaging.message.id': jobId,
    },
  };
}
