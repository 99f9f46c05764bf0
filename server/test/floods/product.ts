import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoLogins } from '../../src/demo/logins.ts';
import { type RunningCommand, runMain } from '../command.ts';
import { createApi } from '../http.ts';
import type { Session } from './good-users.ts';

/** The product as `start` makes it, with demo data and a PostgreSQL of its own, in a folder of its own. */
export class Product {
  readonly url: string;
  readonly #command: RunningCommand;
  readonly #folder: string;
  readonly #metricsUrl: string;
  readonly #timer: NodeJS.Timeout;
  #peakBytes = 0;
  #peakFiles = 0;

  private constructor(command: RunningCommand, folder: string, ports: { http: number; metrics: number }) {
    this.#command = command;
    this.#folder = folder;
    this.url = `http://127.0.0.1:${ports.http}`;
    this.#metricsUrl = `http://127.0.0.1:${ports.metrics}/metrics`;
    this.#timer = setInterval(() => this.#look(), 250);
  }

  static async start(): Promise<Product> {
    const folder = mkdtempSync(join(tmpdir(), 'openward-floods-'));
    const limitsFile = join(folder, 'limits.json');
    // A flood from so many addresses that no limit by address sees it: what is looked at here is what comes after those.
    const most = { points: 1_000_000_000, windowS: 60 };
    writeFileSync(limitsFile, JSON.stringify({ 'address.read': most, 'account.read': most, 'account.write': most }));
    const ports = { http: await freePort(), metrics: await freePort() };
    const command = runMain(['start'], {
      DATA_DIR: join(folder, 'data'),
      PORT: `${ports.http}`,
      METRICS_PORT: `${ports.metrics}`,
      LIMITS_FILE: limitsFile,
      BCRYPT_COST: '4',
      LOG_LEVEL: 'warn',
      // As in production: rules of abuse hold up whom they find. The good ones must not be among them.
      ABUSE_DETECTION: 'on',
    });
    const product = new Product(command, folder, ports);
    await command.says(/Ctrl-C stops it/, 120_000);
    return product;
  }

  /** Two who talk to each other, each with a session and an open room. */
  async sessions(): Promise<Session[]> {
    const api = createApi(this.url);
    const sessions: Session[] = [];
    for (const { role, email, password } of demoLogins) {
      if (role === 'admin') continue;
      const { accessToken: token } = (await api('POST', '/auth/tokens', { email, password })).body;
      const rooms = (await createApi(this.url, { authorization: `Bearer ${token}` })('GET', '/rooms')).body.items;
      const room = rooms.find(({ status }: { status: string }) => status === 'open');
      if (room === undefined) throw new Error(`${email} has no open room in the demo data.`);
      sessions.push({ token, roomId: room.id });
    }
    return sessions;
  }

  get runs(): boolean {
    return this.#command.process.exitCode === null && this.#command.process.signalCode === null;
  }

  get warnings(): string[] {
    return this.#command
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{"level":"'));
  }

  get memoryBytes(): number {
    const [, kB] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.#pid}/status`, 'utf8')) ?? [];
    return Number(kB ?? 0) * 1024;
  }

  get files(): number {
    return readdirSync(`/proc/${this.#pid}/fd`).length;
  }

  /** The most since this was asked last. */
  takePeaks(): { bytes: number; files: number } {
    this.#look();
    const peaks = { bytes: this.#peakBytes, files: this.#peakFiles };
    this.#peakBytes = 0;
    this.#peakFiles = 0;
    return peaks;
  }

  /** The sum of a counter over its labels that match. */
  async counted(name: string, labels = ''): Promise<number> {
    const text = await (await fetch(this.#metricsUrl)).text();
    const rows = text.split('\n').filter((line) => line.startsWith(name) && line.includes(labels));
    return rows.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#command.process.kill('SIGINT');
    await this.#command.ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #pid(): number {
    return this.#command.process.pid ?? 0;
  }

  #look(): void {
    if (!this.runs) return;
    this.#peakBytes = Math.max(this.#peakBytes, this.memoryBytes);
    this.#peakFiles = Math.max(this.#peakFiles, this.files);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}
