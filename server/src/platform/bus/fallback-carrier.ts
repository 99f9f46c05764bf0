import type { Logger } from '../log.ts';
import type { Redis } from '../redis/connect.ts';
import type { Carrier, Hears } from './carrier.ts';
import { RedisCarrier } from './redis-carrier.ts';

const awayPrefix = 'away:';
const announceEveryMs = 2000;
/** So long after a node said that it does not hear Redis, events go both ways. */
const awayForMs = 5000;
/** How long after the loss of Redis the others have surely heard of it. */
const settledMs = 1000;

/**
 * Events go over Redis, and over Postgres while Redis does not take them. Every node listens to both. One that does not
 * hear Redis says so over Postgres, and while any says so, the others send both ways: a node that alone is cut off from
 * Redis misses nothing but what was under way, for which there is a gap.
 */
export class FallbackCarrier implements Carrier {
  readonly #node: string;
  readonly #hears: Hears;
  readonly #redis: RedisCarrier;
  readonly #postgres: Carrier;
  readonly #clock: NodeJS.Timeout;
  readonly #stopWatching: () => void;
  readonly #onRedis: (hearing: boolean) => void;
  #othersAwayUntilMs = 0;
  #settling: NodeJS.Timeout | undefined;

  constructor(options: {
    node: string;
    redis: Redis;
    log: Logger;
    hears: Hears;
    openPostgres(hears: Hears): Carrier;
    onRedis(hearing: boolean): void;
  }) {
    this.#node = options.node;
    this.#hears = options.hears;
    this.#onRedis = options.onRedis;
    this.#postgres = options.openPostgres({
      event: (text) => this.#hearPostgres(text),
      begin: () => this.#hears.begin(),
      gap: () => {
        this.#announce();
        this.#hears.gap();
      },
    });
    this.#redis = new RedisCarrier({
      ...options,
      onEvent: (text) => this.#hears.event(text),
      onHearing: (hearing) => this.#change(hearing),
    });
    this.#clock = setInterval(() => this.#announce(), announceEveryMs);
    this.#clock.unref();
    this.#stopWatching = options.redis.onChange(() => this.#announce());
    this.#announce();
  }

  get hearing(): boolean {
    return !this.#isAway() && this.#postgres.hearing;
  }

  send(events: readonly string[]): void {
    const bothWays = this.#isAway() || performance.now() < this.#othersAwayUntilMs;
    if (bothWays) this.#postgres.send(events);
    for (const event of events) {
      this.#redis.send(event).catch(() => {
        if (!bothWays) this.#postgres.send([event]);
      });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#clock);
    this.#stopWatching();
    clearTimeout(this.#settling);
    await Promise.all([this.#redis.close(), this.#postgres.close()]);
  }

  /** Redis that takes no commands has most likely stopped bringing events, too, before its silence shows. */
  #isAway(): boolean {
    return !this.#redis.hearing || !this.#redis.healthy;
  }

  #announce(): void {
    if (this.#isAway()) this.#postgres.send([`${awayPrefix}${this.#node}`]);
  }

  #hearPostgres(text: string): void {
    if (!text.startsWith(awayPrefix)) this.#hears.event(text);
    else if (text.slice(awayPrefix.length) !== this.#node) this.#othersAwayUntilMs = performance.now() + awayForMs;
  }

  #change(hearing: boolean): void {
    clearTimeout(this.#settling);
    this.#onRedis(hearing);
    this.#announce();
    this.#settling = setTimeout(() => this.#hears.gap(), hearing ? 0 : settledMs);
    this.#settling.unref();
  }
}
