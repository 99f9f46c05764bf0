import type { Redis as Listener } from 'ioredis';
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
 * Redis pub/sub on a connection of its own. A subscription can go deaf without a sign, so that each node sends itself a
 * probe every two seconds by the way that events take: only who hears it counts as hearing.
 */
export class RedisCarrier {
  readonly #options: Options;
  readonly #clock: NodeJS.Timeout;
  readonly #stopWatching: () => void;
  #listener: Listener | null = null;
  #heardAtMs = 0;
  #hearing = false;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

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
    await this.#options.redis.run((client) => client.publish(channel, event));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#clock);
    this.#stopWatching();
    clearTimeout(this.#retry);
    this.#listener?.disconnect();
  }

  #listen(): void {
    if (this.#closed) return;
    const listener = this.#options.redis.openListener();
    this.#listener = listener;
    this.#heardAtMs = performance.now();
    // What went wrong is said by `close`.
    listener.on('error', () => {});
    listener.once('end', () => this.#lose(listener, 'the connection was lost'));
    listener.on('message', (_channel: string, text: string) => this.#hear(listener, text));
    listener.once('ready', () => {
      listener.subscribe(channel).then(
        () => this.#probe(),
        () => this.#lose(listener, 'the subscription was refused'),
      );
    });
  }

  #hear(listener: Listener, text: string): void {
    if (listener !== this.#listener || this.#closed) return;
    if (!text.startsWith(probePrefix)) this.#options.onEvent(text);
    else if (text.slice(probePrefix.length) === this.#options.node) this.#hearOneself();
  }

  #hearOneself(): void {
    this.#heardAtMs = performance.now();
    if (this.#hearing) return;
    this.#hearing = true;
    this.#options.onHearing(true);
  }

  #tick(): void {
    if (this.#listener === null) return;
    if (performance.now() - this.#heardAtMs > deafAfterMs) this.#lose(this.#listener, 'it went deaf');
    else this.#probe();
  }

  #probe(): void {
    this.send(`${probePrefix}${this.#options.node}`).catch(() => {});
  }

  #lose(listener: Listener, why: string): void {
    if (listener !== this.#listener || this.#closed) return;
    this.#listener = null;
    listener.disconnect();
    this.#retry = setTimeout(() => this.#listen(), reconnectMs);
    if (!this.#hearing) return;
    this.#hearing = false;
    this.#options.log.warn({ error: why }, 'bus link over Redis lost, reconnecting');
    this.#options.onHearing(false);
  }
}
