import { type ChildProcess, execFile, fork, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { Flood, Harm } from './flooder.ts';

const program = fileURLToPath(new URL('flooder.ts', import.meta.url));
const running = new Set<ChildProcess>();

/** Runs a flood in processes of its own, each with its share. */
export async function runFlood(order: Flood, processes: number): Promise<Harm> {
  const share = (value: number) => Math.ceil(value / processes);
  const harms = await Promise.all(
    Array.from({ length: processes }, (_, index) => {
      const addresses = order.addresses.filter((_address, n) => n % processes === index);
      const own: Flood =
        order.kind === 'connections'
          ? { ...order, addresses, count: share(order.count) }
          : {
              ...order,
              addresses,
              connections: share(order.connections),
              perS: order.perS === null ? null : share(order.perS),
            };
      return runOne(own);
    }),
  );
  return harms.reduce(together);
}

function runOne(order: Flood): Promise<Harm> {
  const child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.add(child);
  child.send(order);
  return new Promise((resolve, reject) => {
    child.once('message', (harm) => resolve(harm as Harm));
    child.once('exit', (code) => {
      running.delete(child);
      reject(new Error(`A flooder ended with ${code}.`));
    });
  });
}

function together(one: Harm, other: Harm): Harm {
  const answers = { ...one.answers };
  for (const [status, count] of Object.entries(other.answers)) answers[status] = (answers[status] ?? 0) + count;
  return {
    tried: one.tried + other.tried,
    ended: one.ended + other.ended,
    open: one.open + other.open,
    answers,
    tookMs: Math.max(one.tookMs, other.tookMs),
  };
}

export function stopFloods(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Addresses of this machine: 127.x.y.z are all of them. */
export function addressesOf(count: number, second: number): string[] {
  return Array.from({ length: count }, (_, n) => `127.${second}.${Math.floor(n / 250)}.${1 + (n % 250)}`);
}

export const slowModes = {
  'slow headers': ['-H', '-i', '2', '-t', 'GET', '-x', '24'],
  'slow body': ['-B', '-i', '2', '-s', '8192', '-x', '10', '-f', 'application/json'],
  'slow read': ['-X', '-w', '1', '-y', '8', '-n', '5', '-z', '8', '-k', '10'],
} as const;
export type SlowMode = keyof typeof slowModes;

export const hasSlowHttpTest = () => spawnSync('slowhttptest', ['-h'], { stdio: 'ignore' }).error === undefined;

/** slowhttptest, from 127.0.0.1. @returns its last word: how many connections were open, closed, and whether it still got answers. */
export function runSlow(mode: SlowMode, url: string, connections: number, forS: number): Promise<string> {
  const args = [
    ...slowModes[mode],
    '-c',
    `${connections}`,
    '-r',
    `${connections / 4}`,
    '-l',
    `${forS}`,
    '-p',
    '3',
    '-u',
    url,
  ];
  return new Promise((resolve) => {
    const child = execFile('slowhttptest', args, { timeout: (forS + 10) * 1000 }, (_error, stdout) => {
      running.delete(child);
      const plain = stripVTControlCharacters(stdout);
      const last = (name: string) =>
        plain
          .match(new RegExp(`^${name}: +(.+)$`, 'gm'))
          ?.at(-1)
          ?.split(/: +/)[1] ?? '?';
      resolve(
        `closed ${last('closed')}, still open ${last('connected')}, served meanwhile: ${last('service available')}`,
      );
    });
    running.add(child);
  });
}
