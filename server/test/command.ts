import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export type RunningCommand = {
  process: ChildProcess;
  output(): string;
  /** Waits until the output matches. @throws Error with the output when the command ends before, or takes too long. */
  says(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** The exit code, or the signal's name. */
  ended: Promise<number | string>;
};

/** Runs the command line as its own process, with these settings and nothing of this process's. `program` is its main.ts. */
export function runMain(args: string[], environment: Record<string, string>, program = main): RunningCommand {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return {
    process: child,
    output: () => output,
    ended,
    says: (pattern, timeoutMs = 60_000) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => reject(new Error(`${why} before it said ${pattern}:\n${output}`));
        const timer = setTimeout(() => fail('Time ran out'), timeoutMs);
        const look = () => {
          const match = pattern.exec(output);
          if (match === null) return;
          clearTimeout(timer);
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        void ended.then(() => {
          look();
          clearTimeout(timer);
          fail('It ended');
        });
        look();
      }),
  };
}
