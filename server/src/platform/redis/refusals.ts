import type { Logger } from '../log.ts';

/** At most one line in so long; the metric counts all. */
const quietForMs = 60_000;
const keyPrefix = 'openward:';
/** What is in the key is none of ours: of another type, or not the number that it should be. */
const isForeign = /^WRONGTYPE|^ERR (value|increment|bit) is not/;

type Options = {
  log: Logger;
  /** Forgets a key. */
  remove(key: string): Promise<unknown>;
  count(): void;
};

/**
 * Commands that Redis refused for what is in their key. Whoever sent one goes on without; here it is counted and said, and what
 * somebody else has put under one of our keys is removed, so that it does not stay in the way for ever.
 */
export class Refusals {
  readonly #options: Options;
  #saidAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: Options) {
    this.#options = options;
  }

  note(error: Error): void {
    const { log, remove, count } = this.#options;
    count();
    const key = keyOf(error);
    if (key !== undefined && isForeign.test(error.message)) remove(key).catch(() => {});
    const nowMs = performance.now();
    if (nowMs - this.#saidAtMs < quietForMs) return;
    this.#saidAtMs = nowMs;
    log.warn(
      { error: error.message, key, advice: 'Something else writes to this Redis: give Openward one of its own.' },
      'redis refused a command',
    );
  }
}

/** The first of our keys that the command named. Keys hold ids and digests, no names. */
function keyOf(error: Error): string | undefined {
  const command: unknown = 'command' in error ? error.command : undefined;
  const words = typeof command === 'object' && command !== null && 'args' in command ? command.args : undefined;
  if (!Array.isArray(words)) return undefined;
  return words.find((word): word is string => typeof word === 'string' && word.startsWith(keyPrefix));
}
