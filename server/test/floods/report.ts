import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../http.ts';
import type { GoodUsers, Tally } from './good-users.ts';
import type { Product } from './product.ts';

/** What is promised to those who are not the flood. */
const promisedMs = 1000;
const promisedBytes = 1_000_000_000;
const promisedRecoveryMs = 30_000;
/** Calls of an open consultation, and acks, that may fail: one in a hundred. */
const promisedShare = 0.99;
const last = ['an open consultation', 'a message until its ack', 'health'];

type Promised = { what: string; measured: string; kept: boolean };

/** Runs phase after phase and keeps what was seen in each; at the end says which promises were kept. */
export class Report {
  readonly #product: Product;
  readonly #users: GoodUsers;
  readonly #promises: Promised[] = [];
  #filesBefore = 0;
  #bytesMost = 0;

  constructor(product: Product, users: GoodUsers) {
    this.#product = product;
    this.#users = users;
  }

  async phase(name: string, harm: () => Promise<string | null>): Promise<void> {
    this.#users.take();
    this.#product.takePeaks();
    const shedBefore = await this.#product.counted('openward_load_shed_total');
    const said = await harm();
    const tallies = this.#users.take();
    const { bytes, files } = this.#product.takePeaks();
    const shed = (await this.#product.counted('openward_load_shed_total')) - shedBefore;
    if (this.#filesBefore === 0) this.#filesBefore = files;
    this.#bytesMost = Math.max(this.#bytesMost, bytes);
    write(`\nDuring: ${name}${said === null ? '' : ` (${said})`}`);
    write(`memory at most ${megabytes(bytes)}, files at most ${files}, calls sent away ${shed}`);
    console.table(tallies.map(rowOf));
    for (const tally of tallies) this.#judge(name, tally);
  }

  /** How long it takes until strangers get their lists again, and nothing is sent away. */
  async recovery(api: Api): Promise<void> {
    const beganAtMs = performance.now();
    const calm = async () => (await api('GET', '//health/ready')).body.load === undefined;
    let tookMs = 0;
    do {
      await sleep(100);
      tookMs = performance.now() - beganAtMs;
    } while (tookMs < 2 * promisedRecoveryMs && !((await calm()) && (await api('GET', '/doctors?q=a')).status === 200));
    const measured = `${(tookMs / 1000).toFixed(1)} s`;
    this.#promises.push({ what: 'everything is taken again', measured, kept: tookMs <= promisedRecoveryMs });
  }

  verdict(): boolean {
    const { runs, warnings } = this.#product;
    const files = runs ? this.#product.files : 0;
    this.#promises.push(
      { what: 'no restart', measured: runs ? 'the same process' : 'it ended', kept: runs },
      {
        what: `memory at most ${megabytes(promisedBytes)}`,
        measured: megabytes(this.#bytesMost),
        kept: this.#bytesMost <= promisedBytes,
      },
      {
        what: 'descriptors are given back',
        measured: `${this.#filesBefore} before, ${files} after`,
        kept: files <= this.#filesBefore + 100,
      },
    );
    write(`\nIts log had ${warnings.length} lines:`);
    for (const line of warnings.slice(0, 20)) write(`  ${line}`);
    console.table(this.#promises.map(({ what, measured, kept }) => ({ what, measured, kept: kept ? 'yes' : 'NO' })));
    return this.#promises.every(({ kept }) => kept);
  }

  #judge(phase: string, { kind, times, sentAway, failed }: Tally): void {
    const p99 = quantile(times, 0.99);
    this.#promises.push({
      what: `${phase}: ${kind}, p99 < 1 s`,
      measured: `${Math.round(p99)} ms`,
      kept: p99 < promisedMs,
    });
    if (!last.includes(kind)) return;
    const share = 1 - (sentAway + failed) / Math.max(1, times.length);
    const measured = `${(share * 100).toFixed(1)} % of ${times.length}`;
    this.#promises.push({ what: `${phase}: ${kind}, answered`, measured, kept: share >= promisedShare });
  }
}

function rowOf({ kind, times, sentAway, failed }: Tally) {
  return {
    kind,
    asked: times.length,
    'p50 ms': Math.round(quantile(times, 0.5)),
    'p99 ms': Math.round(quantile(times, 0.99)),
    'most ms': Math.round(Math.max(...times)),
    'sent away': sentAway,
    failed,
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`;
const write = (line: string) => void process.stdout.write(`${line}\n`);
