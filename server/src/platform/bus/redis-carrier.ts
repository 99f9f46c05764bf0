import type { Logger } from '../log.ts';
import type { Redis } from '../redis/connect.ts';

const channel = 'openward:bus';
const probeEveryMs = 2000;
/** So long without hearing oneself, and the subscription counts as deaf. */
const deafAfterMs = 6000;
const reconnectMs = 500;
const probePrefix = 'probe:';

type Options = {
  /** This node's own id: it listens for its own probes. */
  node: string;
  redis: Redis;
  log: Logger;
  onEvent(text: string): void;
  /** This node hears, or no longer does, what is published. */
  onHearing(hearing: boolean): void;
};

/**
 * Redis pub/sub on a connection of its own, in a cluster that of the one shard whose the channel is. A subscription can go deaf
 * without a sign, so that each node sends itself a probe every two seconds by the way that events take: only who hears it counts as hearing.
 */
export class RedisCarrier {
  readonly #options: Options;
  readonly #clock: NodeJS.Timeout;
  readonly #stopWatching: () => void;
  /** Ends what listens at this moment. */
  #stopListening: (() => void) | null = null;
  #heardAtMs = 0;
  #hearing = false;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;
  /** Why it is not heard while Redis itself is well, which nobody else says. */
  #deafness: string | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#clock = setInterval(() => this.#tick(), probeEveryMs);
    this.#clock.unref();
    this.#stopWatching = options.redis.onChange((healthy) => healthy && this.#probe());
    this.#listen();
  }

  get hearing(): boolean {
    return this.#hearing;
  }

  get healthy(): boolean {
    return this.#options.redis.healthy;
  }

  /** @throws when Redis does not take it. */
  async send(event: string): Promise<void> {
    await this.#options.redis.publish(channel, event);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#clock);
    this.#stopWatching();
    clearTimeout(this.#retry);
    this.#stopListening?.();
  }

  #listen(): void {
    if (this.#closed) return;
    this.#heardAtMs = performance.now();
    this.#stopListening = this.#options.redis.listen(channel, {
      onListening: () => this.#probe(),
      onText: (text) => this.#hear(text),
      onLost: (why) => this.#lose(why),
    });
  }

  #hear(text: string): void {
    if (this.#closed) return;
    if (!text.startsWith(probePrefix)) this.#options.onEvent(text);
    else if (text.slice(probePrefix.length) === this.#options.node) this.#hearOneself();
  }

  #hearOneself(): void {
    this.#heardAtMs = performance.now();
    if (this.#hearing) return;
    this.#hearing = true;
    if (this.#deafness !== null) this.#options.log.info('bus link over Redis is back');
    this.#deafness = null;
    this.#options.onHearing(true);
  }

  #tick(): void {
    if (this.#stopListening === null) return;
    if (performance.now() - this.#heardAtMs > deafAfterMs) this.#lose('it went deaf');
    else this.#probe();
  }

  #probe(): void {
    this.send(`${probePrefix}${this.#options.node}`).catch(() => {});
  }

  #lose(why: string): void {
    if (this.#closed) return;
    this.#stopListening?.();
    this.#stopListening = null;
    this.#retry = setTimeout(() => {
      this.#sayThatItIsDeaf(why);
      this.#listen();
    }, reconnectMs);
    if (!this.#hearing) return;
    this.#hearing = false;
    this.#options.onHearing(false);
  }

  /** Once; and not at all where Redis is away as a whole, which its own line says. */
  #sayThatItIsDeaf(why: string): void {
    if (this.#deafness !== null || !this.healthy) return;
    this.#deafness = why;
    this.#options.log.warn({ error: why }, 'bus link over Redis lost, reconnecting');
  }
}
