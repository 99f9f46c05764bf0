import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pickPort } from '../../src/platform/database/embedded/postmaster.ts';
import { eventually } from '../eventually.ts';
import type { Cleanup } from '../faults/cluster/cleanup.ts';
import { inspect } from './build.ts';
import { run, succeeds } from './tools.ts';

/** What everything is run with: runc knows both kinds of control groups; health is asked for by the test, and not by systemd's clock. */
export function runWords(): string[] {
  const [, hard] = /^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  // As deploy/compose.yaml has it, where this process may set it.
  const files = Math.min(65_536, Number(hard));
  const limits = ['--ulimit', `nofile=${files}:${files}`, '--ulimit', 'nproc=1024:1024'];
  return ['--runtime', 'runc', 'run', '--no-healthcheck', ...limits];
}

/** Who the image runs as, so that it may read its secrets. */
const owner = 10001;
const startWithinMs = 120_000;
/** What is to be given it before it is killed. */
const stopWithinS = 15;

export type Node = {
  name: string;
  url: string;
  metricsUrl: string;
  /** By the check that the image brings along. */
  isHealthy(): Promise<boolean>;
  /** Runs a command of the product beside it, in the same container. */
  command(...words: string[]): Promise<string>;
  log(): Promise<string>;
  /** As an update does. @throws Error when it does not end by itself, with 0 */
  stop(): Promise<{ tookMs: number }>;
};

/** Containers of one image, as deploy/compose.yaml runs them: with no rights, a root that cannot be written, and secrets as files. */
export class Containers {
  readonly #image: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'openward-image-'));
  readonly #settings: Record<string, string>;
  readonly #cleanup: Cleanup;
  readonly #names: string[] = [];

  constructor(options: {
    image: string;
    secrets: Record<string, string>;
    settings: Record<string, string>;
    cleanup: Cleanup;
  }) {
    const { image, secrets, settings, cleanup } = options;
    this.#image = image;
    this.#cleanup = cleanup;
    for (const name of ['secrets', 'keys', 'data']) {
      mkdirSync(join(this.#folder, name), { mode: 0o700 });
      chownSync(join(this.#folder, name), owner, owner);
    }
    const put = (name: string, value: string) => {
      const file = join(this.#folder, 'secrets', name);
      writeFileSync(file, value, { mode: 0o400 });
      chownSync(file, owner, owner);
      return `/run/secrets/${name}`;
    };
    const files = Object.entries(secrets).map(([setting, value]) => [
      `${setting}_FILE`,
      put(setting.toLowerCase(), value),
    ]);
    // A machine that does much else is late, which is no reason to send a call away here.
    const load = { delayMs: 60_000, databaseWaitMs: 60_000 };
    const limits = put('limits.json', JSON.stringify({ load }));
    const places = { KEYS_DIR: '/run/openward-keys', DATA_DIR: '/data', LIMITS_FILE: limits };
    this.#settings = {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      ...places,
      ...settings,
      ...Object.fromEntries(files),
    };
    cleanup.add(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** One command, to its end. `keys`: it may write them, as nothing else may. */
  async once(
    words: readonly string[],
    { keys = 'ro', program, folder = '/app' }: { keys?: 'ro' | 'rw'; program?: string; folder?: string } = {},
  ): Promise<string> {
    const entry = ['--workdir', folder, ...(program === undefined ? [] : ['--entrypoint', program])];
    return run('podman', [...runWords(), '--rm', ...this.#bounds(keys), ...entry, this.#image, ...words]);
  }

  async start(role: string): Promise<Node> {
    const name = `openward-test-${process.pid}-${role}`;
    const [port, metricsPort] = [await pickPort(), await pickPort()];
    const ports = ['--env', `PORT=${port}`, '--env', `METRICS_PORT=${metricsPort}`];
    const words = ['start', '--roles', role];
    this.#names.push(name);
    await run('podman', [
      ...runWords(),
      '--detach',
      '--name',
      name,
      ...this.#bounds('ro'),
      ...ports,
      this.#image,
      ...words,
    ]);
    const log = () => logOf(name);
    const url = `http://127.0.0.1:${port}`;
    const isReady = () =>
      fetch(`${url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    const hasEnded = async () => (await stateOf(name, 'Running')) === 'false';
    await eventually(`${role} is ready`, async () => (await isReady()) || (await hasEnded()), startWithinMs);
    if (await hasEnded()) throw new Error(`${name} ended before it was ready:\n${await log()}`);
    return {
      ...{ name, url, log, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics` },
      isHealthy: () => isHealthy(name, this.#image),
      command: (...words) => run('podman', ['exec', name, 'node', 'server/src/main.ts', ...words]),
      stop: () => stopContainer(name),
    };
  }

  async remove(): Promise<void> {
    for (const name of this.#names.splice(0)) await succeeds('podman', ['rm', '--force', '--time', '0', name]);
    this.#cleanup.run();
  }

  #bounds(keys: 'ro' | 'rw'): string[] {
    const mounts = [`secrets:/run/secrets:ro`, `keys:/run/openward-keys:${keys}`, 'data:/data:rw'];
    return [
      // Not even /tmp can be written: what compose does not give is not needed.
      ...['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
      ...['--network', 'host', '--pids-limit', '128', '--memory', '512m'],
      ...mounts.flatMap((mount) => ['--volume', `${this.#folder}/${mount}`]),
      ...Object.entries(this.#settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ];
  }
}

export async function stopContainer(name: string): Promise<{ tookMs: number }> {
  const startedAt = performance.now();
  await run('podman', ['stop', '--time', `${stopWithinS}`, name]);
  const tookMs = performance.now() - startedAt;
  const code = await stateOf(name, 'ExitCode');
  if (code === '0') return { tookMs };
  throw new Error(`${name} ended with ${code} after ${Math.round(tookMs)} ms:\n${await logOf(name)}`);
}

/** By what the image says: `CMD` and the words of it. */
async function isHealthy(name: string, image: string): Promise<boolean> {
  const { healthCheck } = await inspect(image);
  return succeeds('podman', ['exec', name, ...healthCheck.slice(1)]);
}

/** What it wrote, errors too. */
export function logOf(name: string): Promise<string> {
  return run('sh', ['-c', `podman logs ${name} 2>&1`]);
}

function stateOf(name: string, member: string): Promise<string> {
  return run('podman', ['inspect', '--format', `{{.State.${member}}}`, name]);
}
