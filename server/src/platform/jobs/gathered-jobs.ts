import type { JobInsert } from 'pg-boss';
import type { Tracing } from '../tracing/tracing.ts';
import type { JobKind } from './jobs.ts';

/** So long a job waits for others at most. */
const everyMs = 1000;
/** In one statement. */
const maxTogether = 500;

type Send = (kind: JobKind<object>, jobs: JobInsert[]) => Promise<void>;

/**
 * Jobs that may wait a second, so that all of that second are sent by one statement for each kind: most of what sending a job costs PostgreSQL is
 * its statement and its commit. What waits is in memory.
 */
export class GatheredJobs {
  readonly #send: Send;
  readonly #tracing: Tracing | null;
  readonly #waiting = new Map<JobKind<object>, JobInsert[]>();
  #timer: NodeJS.Timeout | undefined;

  /** @param send never rejects. */
  constructor(send: Send, tracing: Tracing | null) {
    this.#send = send;
    this.#tracing = tracing;
  }

  add(kind: JobKind<object>, job: JobInsert): void {
    const waiting = this.#waiting.get(kind) ?? [];
    this.#waiting.set(kind, waiting);
    waiting.push(job);
    if (this.#timer !== undefined) return;
    const start = () => setTimeout(() => void this.flush(), everyMs).unref();
    // It sends the jobs of others as well: it is no part of a trace.
    this.#timer = this.#tracing === null ? start() : this.#tracing.outside(start);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const kinds = [...this.#waiting];
    this.#waiting.clear();
    for (const [kind, jobs] of kinds) {
      // In one order on all nodes: of two that send the same keys at once, each would wait for the other otherwise.
      jobs.sort(byKey);
      for (let at = 0; at < jobs.length; at += maxTogether) await this.#send(kind, jobs.slice(at, at + maxTogether));
    }
  }
}

function byKey({ singletonKey: one = '' }: JobInsert, { singletonKey: other = '' }: JobInsert): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
