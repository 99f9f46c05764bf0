import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { adviceOn, reasonOf } from './advice.ts';
import { currentBudget } from './call-budget.ts';
import { Patience, TooSlow } from './patience.ts';

/** Redis does not answer, or not in time: do without. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

type Options = {
  log: Logger;
  /** Asks Redis for what it is needed for. */
  probe(): Promise<unknown>;
  /** The most that a command is waited for. */
  limitMs: number;
  /** While open: from one look at Redis to the next. */
  probeEveryMs: number;
  /** Redis refused one command for what is in its key, as one that somebody else wrote. */
  onRefused?(error: Error): void;
};

/** So many probes in a row have to be answered, each within so long, until Redis is taken up again: one that is slow now and then stays away. */
const probes = { inRow: 3, limitMs: 20, pauseMs: 50 };
/** What a command has at least, of whatever its call has left. */
const leastMs = 5;
/** So many calls in a row that ran out of their time, with no quick answer between them, say that Redis is slow; one may have been slow itself. */
const exhaustedInRow = 3;

/**
 * A circuit breaker. No command is waited for longer than `limitMs`, and no call longer than its budget for all of its commands; after
 * one that was too slow, or a lost connection, none is tried at all, but for probes now and then; when they succeed, all is as before.
 */
export class Breaker {
  readonly #options: Options;
  readonly #handlers = new Set<(healthy: boolean) => void>();
  readonly #patience = new Patience();
  #healthy = true;
  #exhausted = 0;
  #probing: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  onChange(handler: (healthy: boolean) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** @throws RedisAway, or the server's own error when it refuses this one command. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#healthy) throw new RedisAway('Redis is away.');
    const budget = currentBudget();
    const startedAt = performance.now();
    const limitMs = Math.max(leastMs, Math.min(this.#options.limitMs, budget?.leftMs(startedAt) ?? Infinity));
    budget?.begin(startedAt);
    try {
      const answer = await this.#patience.wait(work(), limitMs);
      if (performance.now() - startedAt <= probes.limitMs) this.#exhausted = 0;
      return answer;
    } catch (error) {
      if (error instanceof RedisAway) throw error;
      if (error instanceof TooSlow && this.#mayBeTheCall(limitMs))
        throw new RedisAway('The call has waited for Redis.');
      if (concernsOneCommand(error)) {
        this.#options.onRefused?.(error);
        throw error;
      }
      this.open(error);
      throw new RedisAway('Redis is away.', { cause: error });
    } finally {
      budget?.end(performance.now());
    }
  }

  open(error: unknown): void {
    if (!this.#healthy || this.#closed) return;
    this.#healthy = false;
    this.#exhausted = 0;
    const reason = reasonOf(error);
    this.#options.log.warn({ error: reason, advice: adviceOn(reason) }, 'redis degraded');
    this.#patience.end(new RedisAway('Redis is away.', { cause: error }));
    this.#tell();
    this.#probeLater();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#probing);
  }

  /** Whether a command was given up that had less than the whole time, and not too many in a row. */
  #mayBeTheCall(limitMs: number): boolean {
    if (limitMs >= this.#options.limitMs) return false;
    this.#exhausted += 1;
    return this.#exhausted < exhaustedInRow;
  }

  #probeLater(): void {
    if (this.#closed) return;
    this.#probing = setTimeout(() => void this.#probe(), this.#options.probeEveryMs);
    this.#probing.unref();
  }

  async #probe(): Promise<void> {
    try {
      for (let n = 0; n < probes.inRow; n += 1) {
        if (n > 0) await sleep(probes.pauseMs, undefined, { ref: false });
        await this.#patience.wait(this.#options.probe(), probes.limitMs);
      }
    } catch {
      return this.#probeLater();
    }
    if (this.#closed) return;
    this.#healthy = true;
    this.#options.log.info('redis healed');
    this.#tell();
  }

  #tell(): void {
    for (const handler of this.#handlers) handler(this.#healthy);
  }
}

/** Refusals that say something of the server rather than of this command or its key. */
const ofTheServer =
  /^(OOM|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|MISCONF|NOAUTH|WRONGPASS|NOPERM|NOREPLICAS|UNBLOCKED|BUSY|MOVED)\b/;

function concernsOneCommand(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError' && !ofTheServer.test(error.message);
}
