import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuOf, cpuOfChildren } from './cpu.ts';
import type { Cpu } from './load.ts';
import type { Memory } from './memory.ts';

export type Server = { name: string; process: ChildProcess; url: string };

const here = fileURLToPath(new URL('.', import.meta.url));

type Options = { cpu?: number };

/** A program in TypeScript, beside this one. */
export async function startServer(
  name: string,
  script: string,
  environment: NodeJS.ProcessEnv,
  options: Options = {},
): Promise<Server> {
  const profile = process.env['BENCH_PROFILE'] === name ? ['--cpu-prof', `--cpu-prof-dir=${tmpdir()}`] : [];
  const stages = process.env['BENCH_STAGES'] === undefined ? [] : ['--import', join(here, 'stages.ts')];
  const command = [process.execPath, '--expose-gc', ...stages, ...profile, join(here, script)];
  return startProgram(name, command, environment, options);
}

/**
 * Any program that prints `{"url": "ws://…"}` once it listens. Servers run on CPU 0 unless another is named; this process, with the load and
 * PostgreSQL, was put on CPU 1.
 */
export async function startProgram(
  name: string,
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  { cpu = 0 }: Options = {},
): Promise<Server> {
  const child = start(cpu, command, environment, ['ignore', 'pipe', 'inherit', 'ipc']);
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (data) => {
      output += data;
      const found = /"url": ?"(ws:[^"]+)"/.exec(output);
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${output}`)));
  });
  return { name, process: child, url };
}

/** A program that says nothing, and listens at a place that is known. */
export function startAt(name: string, command: readonly string[], environment: NodeJS.ProcessEnv, url: string): Server {
  return { name, process: start(0, command, environment, ['ignore', 'ignore', 'inherit']), url };
}

function start(cpu: number, command: readonly string[], environment: NodeJS.ProcessEnv, stdio: StdioOptions) {
  const env = { PATH: process.env['PATH'], ...environment };
  return spawn('taskset', ['-c', `${cpu}`, ...command], { cwd: here, env, stdio });
}

export async function stopServer({ process: child }: Server): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** What a server holds once all its garbage is collected. */
export async function memoryOf({ process: child }: Server): Promise<Memory> {
  child.send('memory');
  const [memory] = await once(child, 'message');
  return memory;
}

/** CPU seconds until now: of servers together, and of PostgreSQL. */
export function cpuUntilNow(servers: readonly Server[], folder: string): Cpu {
  const postmaster = Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const server = servers.reduce((sum, { process: child }) => sum + cpuOf(child.pid ?? 0), 0);
  return { server, postgres: cpuOfChildren(postmaster) };
}

export function cpuSince(before: Cpu, servers: readonly Server[], folder: string): Cpu {
  const now = cpuUntilNow(servers, folder);
  return { server: now.server - before.server, postgres: now.postgres - before.postgres };
}

/** Of which processes the load reads the CPU, from now on. */
export function watchCpu(
  hooks: { start(): Cpu; end(before: Cpu): Cpu },
  servers: readonly Server[],
  folder: string,
): void {
  hooks.start = () => cpuUntilNow(servers, folder);
  hooks.end = (before) => cpuSince(before, servers, folder);
}
