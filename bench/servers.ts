import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { cpuOf, cpuOfChildren } from './cpu.ts';

export type Server = { name: string; process: ChildProcess; url: string };

const here = fileURLToPath(new URL('.', import.meta.url));

/** Servers run on CPU 0 alone; this process, with the load and PostgreSQL, was put on CPU 1. */
export async function startServer(name: string, script: string, environment: NodeJS.ProcessEnv): Promise<Server> {
  const profile = process.env['BENCH_PROFILE'] === name ? ['--cpu-prof', `--cpu-prof-dir=${tmpdir()}`] : [];
  const child = spawn('taskset', ['-c', '0', process.execPath, ...profile, join(here, script)], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      const found = /"url":"(ws:[^"]+)"/.exec(output);
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${output}`)));
  });
  return { name, process: child, url };
}

export async function stopServer({ process: child }: Server): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** CPU seconds so far, of the server and of the PostgreSQL of the run. */
export function readCpu(
  { process: child }: Pick<Server, 'process'>,
  folder: string,
): { server: number; postgres: number } {
  const postmaster = Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  return { server: cpuOf(child.pid ?? 0), postgres: cpuOfChildren(postmaster) };
}

export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
