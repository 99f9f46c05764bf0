import pg from 'pg';

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (release?: unknown) => void,
) => void;

/** Measures how long those wait for a connection who find none idle. To find one is the rule, and costs nothing more. */
export class TimedPool extends pg.Pool {
  readonly #onWaited: (seconds: number) => void;

  constructor(config: pg.PoolConfig, onWaited: (seconds: number) => void) {
    super(config);
    this.#onWaited = onWaited;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | undefined {
    const onWaited = this.idleCount > this.waitingCount ? null : this.#clock();
    if (callback === undefined) return onWaited === null ? super.connect() : super.connect().finally(onWaited);
    super.connect((error, client, release) => {
      onWaited?.();
      callback(error, client, release);
    });
    return undefined;
  }

  #clock(): () => void {
    const startedAtMs = performance.now();
    return () => this.#onWaited((performance.now() - startedAtMs) / 1000);
  }
}
