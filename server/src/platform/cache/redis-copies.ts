import type { KeyRing } from '../crypto/key-ring.ts';
import type { Logger } from '../log.ts';
import { type Redis, RedisAway } from '../redis/connect.ts';
import type { CacheRefusal } from './policy.ts';
import { type Copy, openCopy, sealCopy } from './sealed-copy.ts';

type Options = {
  redis: Redis;
  keys: KeyRing;
  log: Logger;
  /** A copy was not what it should be. Those that are older than a change are no matter of this part. */
  onRefused(policy: string, why: Exclude<CacheRefusal, 'distrusted'>): void;
};

type Kind = { name: string; fits(value: unknown): boolean };

/** Copies in Redis. Whatever is wrong with it, or with what is in it, is the same as no copy: nothing here throws. */
export class RedisCopies {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  get reachable(): boolean {
    return this.#options.redis.healthy;
  }

  /** What one of our nodes put there under this key, in the shape that this version knows. What is no such thing is removed. */
  async find(kind: Kind, key: string): Promise<Copy | null> {
    const { redis, keys } = this.#options;
    const line = await redis.run((client) => client.get(key)).catch((error: unknown) => this.#unreadable(error));
    if (line === null) return null;
    const copy = openCopy(keys.encryption, key, line);
    if (copy === 'unknown-key') return null;
    if (copy === 'forged') return this.#refuse(kind, key, 'forged');
    if (!kind.fits(copy.value)) return this.#refuse(kind, key, 'misshapen');
    return copy;
  }

  async store(key: string, copy: Copy, lifeMs: number): Promise<void> {
    const { redis, keys } = this.#options;
    const line = sealCopy(keys.encryption.current, key, copy);
    await redis
      .run((client) => client.set(key, line, 'PX', Math.max(1, Math.floor(lifeMs))))
      .catch((error: unknown) => this.#warn(error));
  }

  /** A key that holds no text is somebody else's doing, too. */
  #unreadable(error: unknown): string | null {
    return error instanceof RedisAway ? null : '';
  }

  #refuse({ name }: Kind, key: string, why: 'forged' | 'misshapen'): null {
    this.#options.onRefused(name, why);
    this.#options.redis.run((client) => client.del(key)).catch((error: unknown) => this.#warn(error));
    return null;
  }

  #warn(error: unknown): void {
    if (!(error instanceof RedisAway)) this.#options.log.warn({ err: error }, 'a copy could not be written to Redis');
  }
}
