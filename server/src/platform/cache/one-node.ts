import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../id.ts';
import type { Redis } from '../redis/connect.ts';

/** Longer than a statement may take. Who holds it and dies is not waited for longer. */
const lockMs = 5_000;
/** Whoever has waited so long reads by itself. */
const patienceMs = 2_000;
const lookEveryMs = { least: 10, jitter: 15 };

const releaseScript = `
if redis.pcall('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/**
 * Lets one node at a time do what is dear; the others wait for what it brings. It saves work and guards nothing: while Redis is
 * away, or when nothing comes in time, each does it for itself.
 */
export class OneNode {
  readonly #redis: Redis;
  readonly #release: (key: string, token: string) => Promise<unknown>;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#release = redis.script('openwardRelease', releaseScript);
  }

  /** @param find looks for what another node has brought. @param bring does it, and lets the others have it before it returns. */
  async run<T>(lock: string, { find, bring }: { find(): Promise<T | null>; bring(): Promise<T> }): Promise<T> {
    const token = newId();
    const deadlineMs = performance.now() + patienceMs;
    for (;;) {
      const taken = await this.#take(lock, token);
      if (taken === 'mine') break;
      if (taken === 'away' || performance.now() > deadlineMs) return bring();
      await sleep(lookEveryMs.least + Math.random() * lookEveryMs.jitter);
      const found = await find();
      if (found !== null) return found;
    }
    try {
      // Between the look before and the lock another may have brought it.
      return (await find()) ?? (await bring());
    } finally {
      void this.#release(lock, token).catch(() => {});
    }
  }

  async #take(lock: string, token: string): Promise<'mine' | 'taken' | 'away'> {
    try {
      const answer = await this.#redis.run((client) => client.set(lock, token, 'PX', lockMs, 'NX'));
      return answer === 'OK' ? 'mine' : 'taken';
    } catch {
      return 'away';
    }
  }
}
