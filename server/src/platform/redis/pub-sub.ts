import type { Redis as Client } from 'ioredis';
import type { Logger } from '../log.ts';
import type { RedisClient, RedisNode } from './open-client.ts';

export type Listening = {
  /** What is published on the channel comes from now on. */
  onListening(): void;
  onText(text: string): void;
  /** Once, and nothing comes after it: it is not tried again here. */
  onLost(why: string): void;
};

type Options = {
  log: Logger;
  /** In a cluster: its first nodes, of which each attempt takes the next. Null where there is one server. */
  clusterNodes: readonly RedisNode[] | null;
  /** A connection that is not made again when it breaks. @param node of a cluster; undefined: the one server. */
  connect(node: RedisNode | undefined): Client;
  run<T>(command: (client: RedisClient) => Promise<T>): Promise<T>;
};

/** Redirections until a cluster's nodes agree on whose a slot is. */
const maxMoves = 5;
/** `MOVED 3999 127.0.0.1:6381`; without a host it is that of who says so (Redis 7, cluster specification). */
const moved = /^MOVED \d+ (.*):(\d+)$/;
/** Before Redis 7.0, or by its access list. */
const notOffered = /unknown command|^NOPERM/i;

/**
 * Publish and subscribe. In a cluster a message of plain pub/sub goes to every node, so that more nodes carry no more: here a channel has a
 * slot as a key has (SSUBSCRIBE, SPUBLISH), and the master of that slot alone carries it. Where the cluster does not offer that, plain
 * pub/sub does, which every listener finds out anew on each connection, so that an upgrade of the cluster needs no restart.
 */
export class PubSub {
  readonly #options: Options;
  readonly #open = new Set<Client>();
  #attempts = 0;
  /** As the last who listened found it. */
  #sharded = false;
  #toldOfPlain = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Bounded as every command. @throws when Redis does not take it. */
  async publish(channel: string, text: string): Promise<void> {
    const sharded = this.#sharded;
    await this.#options.run((client) => (sharded ? client.spublish(channel, text) : client.publish(channel, text)));
  }

  /** Listens on a connection of its own. @returns a function that ends it in silence. */
  listen(channel: string, handlers: Listening): () => void {
    this.#attempts += 1;
    const { clusterNodes } = this.#options;
    const listener = new Listener(handlers, (client) => this.#open.delete(client));
    const connect = (node: RedisNode | undefined) => {
      const client = this.#options.connect(node);
      this.#open.add(client);
      return client;
    };
    if (clusterNodes === null) listener.subscribe(connect(undefined), channel);
    else this.#listenToShard(listener, connect, clusterNodes[this.#attempts % clusterNodes.length], channel);
    return () => listener.end();
  }

  close(): void {
    for (const client of this.#open) client.disconnect();
  }

  #listenToShard(
    listener: Listener,
    connect: (node: RedisNode | undefined) => Client,
    first: RedisNode | undefined,
    channel: string,
    moves = 0,
  ): void {
    const client = connect(first);
    listener.subscribeToShard(client, channel, {
      subscribed: () => {
        this.#sharded = true;
      },
      refused: (error) => {
        const [, host, port] = moved.exec(error.message) ?? [];
        if (port !== undefined && moves < maxMoves) {
          const node = { host: host || first?.host || '127.0.0.1', port: Number(port) };
          this.#listenToShard(listener, connect, node, channel, moves + 1);
        } else if (notOffered.test(error.message)) {
          this.#goPlain(error);
          listener.subscribe(connect(first), channel);
        } else listener.lose(`the subscription was refused: ${error.message}`);
      },
    });
  }

  #goPlain(error: Error): void {
    this.#sharded = false;
    if (this.#toldOfPlain) return;
    this.#toldOfPlain = true;
    this.#options.log.warn({ error: error.message }, 'redis cluster has no sharded pub/sub, every node carries events');
  }
}

/** One subscription from its beginning to its end, over the connections that it takes to find the place. */
class Listener {
  readonly #handlers: Listening;
  readonly #onClosed: (client: Client) => void;
  #client: Client | null = null;
  #ended = false;

  constructor(handlers: Listening, onClosed: (client: Client) => void) {
    this.#handlers = handlers;
    this.#onClosed = onClosed;
  }

  subscribe(client: Client, channel: string): void {
    this.#take(client);
    client.on('message', (_channel: string, text: string) => this.#hear(client, text));
    client.once('ready', () => {
      client.subscribe(channel).then(
        () => this.#begin(client),
        () => this.#loseOf(client, 'the subscription was refused'),
      );
    });
  }

  subscribeToShard(
    client: Client,
    channel: string,
    { subscribed, refused }: { subscribed(): void; refused(error: Error): void },
  ): void {
    this.#take(client);
    client.on('smessage', (_channel: string, text: string) => this.#hear(client, text));
    client.once('ready', () => {
      client.ssubscribe(channel).then(
        () => {
          // The server ends a subscription whose slot goes to another shard.
          client.once('moved', () => this.#loseOf(client, 'the channel moved'));
          subscribed();
          this.#begin(client);
        },
        (error: Error) => {
          if (this.#client !== client || this.#ended) return;
          if (client.status === 'ready') refused(error);
          else this.lose('the connection was lost');
        },
      );
    });
  }

  lose(why: string): void {
    if (this.#ended) return;
    this.end();
    this.#handlers.onLost(why);
  }

  end(): void {
    this.#ended = true;
    this.#client?.disconnect();
    this.#client = null;
  }

  #take(client: Client): void {
    this.#client?.disconnect();
    this.#client = client;
    // What went wrong is said by `end`.
    client.on('error', () => {});
    client.once('end', () => {
      this.#onClosed(client);
      this.#loseOf(client, 'the connection was lost');
    });
  }

  #begin(client: Client): void {
    if (client === this.#client) this.#handlers.onListening();
  }

  #hear(client: Client, text: string): void {
    if (client === this.#client) this.#handlers.onText(text);
  }

  #loseOf(client: Client, why: string): void {
    if (client === this.#client) this.lose(why);
  }
}
