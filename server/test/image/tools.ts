import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** A build that installs every package takes a minute or two on a machine that does much else. */
const patienceMs = 900_000;

/** What a program said, once it has ended well. Not synchronous: this process is the mail server of the containers. @throws Error with all that it said */
export async function run(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const env = { ...process.env, ...environment };
  const bounds = { timeout: patienceMs, maxBuffer: 256 * 1024 * 1024 };
  return execute(command, args, { ...bounds, env, encoding: 'utf8' }).then(
    ({ stdout }) => stdout.trim(),
    (error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`${command} ${args.join(' ')} failed:\n${error.stdout ?? ''}${error.stderr ?? error.message}`);
    },
  );
}

/** Whether it ends well. */
export function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}

/** Debian's packages, which `npm run test:image` installs where it may. @returns what is missing, or null */
export async function missingTools(): Promise<string | null> {
  if (process.platform !== 'linux') return 'it takes Linux, whose images they are';
  if (process.getuid?.() !== 0) return 'it takes root: files of an image are looked at as they are, with their owners';
  for (const name of ['buildah', 'podman', 'runc'])
    if (!(await succeeds(name, ['--version']))) return `${name} is not installed (Debian: apt-get install ${name})`;
  return null;
}
