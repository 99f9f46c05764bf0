import type { Logger } from '../log.ts';

/** Redis does not answer, or not in time: do without. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

type Options = { probe(): Promise<unknown>; log: Logger; limitMs: number; probeEveryMs: number };

/**
 * A circuit breaker. No command is waited for longer than `limitMs`; after one that was too slow, or a lost connection,
 * none is tried at all, but for a probe now and then; when one succeeds, all is as before.
 */
export class Breaker {
  readonly #options: Options;
  readonly #handlers = new Set<(healthy: boolean) => void>();
  #healthy = true;
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
    try {
      return await within(work(), this.#options.limitMs);
    } catch (error) {
      if (concernsOneCommand(error)) throw error;
      this.open(error);
      throw new RedisAway('Redis is away.', { cause: error });
    }
  }

  open(error: unknown): void {
    if (!this.#healthy || this.#closed) return;
    this.#healthy = false;
    this.#options.log.warn({ error: error instanceof Error ? error.message : String(error) }, 'redis degraded');
    this.#tell();
    this.#probeLater();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#probing);
  }

  #probeLater(): void {
    if (this.#closed) return;
    this.#probing = setTimeout(() => void this.#probe(), this.#options.probeEveryMs);
    this.#probing.unref();
  }

  async #probe(): Promise<void> {
    try {
      await within(this.#options.probe(), this.#options.limitMs);
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
  /^(OOM|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|MISCONF|NOAUTH|WRONGPASS|NOPERM|NOREPLICAS|UNBLOCKED|BUSY)\b/;

function concernsOneCommand(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && !ofTheServer.test(error.message);
}

/** A timer that is so late says that this process is busy, not Redis. */
const graceMs = 10;

async function within<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const startedAt = performance.now();
  const tooSlow = new Promise<never>((_, reject) => {
    // What has arrived meanwhile is read first, so that an answer that lies in the socket is not taken for none.
    const fail = () => setImmediate(() => reject(new Error(`Redis did not answer within ${limitMs} ms.`)));
    timer = setTimeout(() => {
      if (performance.now() - startedAt < limitMs + graceMs) fail();
      else timer = setTimeout(fail, graceMs);
    }, limitMs);
  });
  try {
    return await Promise.race([promise, tooSlow]);
  } finally {
    clearTimeout(timer);
  }
}
