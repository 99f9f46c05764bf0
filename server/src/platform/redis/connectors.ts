import { connect as connectPlain } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { AbstractConnector, SentinelConnector } from 'ioredis';

type Stream = Awaited<ReturnType<AbstractConnector['connect']>>;
type Options = { host?: string; port?: number; tls?: ConnectionOptions; disconnectTimeout?: number };

/**
 * ioredis hears one error of a connection. TLS that is broken off while it begins, with a certificate that is not trusted, has two, and
 * an error that nobody hears ends the process.
 */
function hearAllErrors(stream: Stream): Stream {
  stream.on('error', () => {});
  return stream;
}

/** To one server, as ioredis does it. */
export class ServerConnector extends AbstractConnector {
  readonly #options: Options;

  constructor(options: unknown) {
    super((options as Options).disconnectTimeout ?? 2000);
    this.#options = options as Options;
  }

  override async connect(): Promise<Stream> {
    const { host, port, tls } = this.#options;
    const to = { host: host ?? '127.0.0.1', port: port ?? 6379 };
    const stream = hearAllErrors(tls === undefined ? connectPlain(to) : connectTls({ ...to, ...tls }));
    this.stream = stream;
    stream.once('error', (error) => {
      this.firstError = error;
    });
    return stream;
  }
}

/** To the master that the sentinels name. */
export class MasterConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0]);
  }

  override async connect(tell: Parameters<SentinelConnector['connect']>[0]): Promise<Stream> {
    return hearAllErrors(await super.connect(tell));
  }
}
