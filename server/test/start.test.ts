import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningCommand, runMain } from './command.ts';
import { eventually } from './eventually.ts';
import { createApi } from './http.ts';

const run = promisify(execFile);
const readme = fileURLToPath(new URL('../../README.md', import.meta.url));

let folder: string;
let port: number;
let environment: Record<string, string>;
const running: RunningCommand[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openward start '));
  port = await freePort();
  environment = { DATA_DIR: join(folder, 'data'), PORT: String(port), BCRYPT_COST: '4' };
});
afterAll(async () => {
  for (const { process: child, ended } of running) {
    child.kill('SIGINT');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

function start(more: Record<string, string> = {}): RunningCommand {
  const command = runMain(['start'], { ...environment, ...more });
  running.push(command);
  return command;
}

const ready = /Ctrl-C stops it/;

describe('start, on a bare folder with a space in its name', { timeout: 300_000 }, () => {
  let first: RunningCommand;

  it('shows its progress and leads to the pages and three demo logins that work', async () => {
    first = start();
    const api = createApi(`http://127.0.0.1:${port}`);
    await eventually(
      'it is ready',
      async () => (await api('GET', '//health/ready').catch(() => null))?.status === 200,
      240_000,
    );
    // Whoever finds it ready finds the demo data there.
    expect(first.output()).toContain('conversations, one ban');
    await first.says(ready);
    for (const step of [
      'Starting PostgreSQL',
      'Migrating the databases',
      'Filling demo data',
      '/docs',
      '/dev/mailbox',
    ]) {
      expect(first.output()).toContain(step);
    }
    const logins = [...first.output().matchAll(/^ +(patient|doctor|admin) +(\S+@\S+) +(\S.*)$/gm)];
    expect(logins.map(([, role]) => role)).toEqual(['patient', 'doctor', 'admin']);
    for (const [, role, email, password] of logins) {
      const { body } = await api('POST', '/auth/tokens', { email, password });
      expect(body.account).toMatchObject({ role, status: 'active' });
    }
    expect((await api('GET', '//health/ready')).status).toBe(200);
  });

  it('the walk in the README works as printed', async () => {
    const blocks = [...(await readFile(readme, 'utf8')).matchAll(/```bash\n([\s\S]*?)```/g)].map(
      ([, block = '']) => block,
    );
    expect(blocks.length).toBeGreaterThanOrEqual(4);
    const script = blocks.join('\necho "-- next"\n').replaceAll('localhost:3000', `127.0.0.1:${port}`);
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { timeout: 60_000 });
    const [me = '', list = '', box = '', talk = ''] = stdout.split('-- next\n');
    expect(JSON.parse(me)).toMatchObject({ role: 'patient' });
    expect(JSON.parse(list).items).toHaveLength(2);
    expect(box).toContain('"status":"accepted"');
    const messages = JSON.parse(talk.slice(talk.lastIndexOf('{"items"')));
    expect(messages).toMatchObject({ headSeq: 1, items: [{ seq: 1, text: 'Good morning. Since when?' }] });
  });

  it('a second start on the same folder says so, stops, and leaves the first alone', async () => {
    const second = start({ PORT: String(await freePort()) });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('is in use by another Openward');
    expect((await createApi(`http://127.0.0.1:${port}`)('GET', '/specialties')).status).toBe(200);
  });

  it.each(['PORT', 'METRICS_PORT'])(
    'a %s that is in use is named, with what to do, and nothing is left running',
    async (name) => {
      const settings = { DATA_DIR: join(folder, 'third'), DEMO_DATA: 'off', PORT: String(await freePort()) };
      const third = start({ ...settings, [name]: String(port) });
      expect(await third.ended, third.output()).toBe(1);
      expect(third.output()).toContain(`Port ${port} on 127.0.0.1 is in use. Set ${name} to another.`);
    },
  );

  it('admin create works beside it and prints a link that sets the password', async () => {
    const command = runMain(['admin', 'create', '--email', 'root@example.org', '--name', 'Root'], environment);
    expect(await command.ended, command.output()).toBe(0);
    const [, token] = /#token=(\S+)/.exec(command.output()) ?? [];
    const api = createApi(`http://127.0.0.1:${port}`);
    const newPassword = 'seven quiet otters 42';
    expect((await api('POST', '/auth/reset-password', { token, newPassword })).status).toBe(204);
    const { body } = await api('POST', '/auth/tokens', { email: 'root@example.org', password: newPassword });
    expect(body.account).toMatchObject({ role: 'admin', fullName: 'Root' });
  });

  it('after kill -9 the next start heals by itself, with everything that was there', async () => {
    first.process.kill('SIGKILL');
    await first.ended;
    const healed = start();
    await healed.says(ready);
    expect(healed.output()).not.toContain('Filling demo data');
    const { body } = await createApi(`http://127.0.0.1:${port}`)('POST', '/auth/tokens', {
      email: 'root@example.org',
      password: 'seven quiet otters 42',
    });
    expect(body.account).toMatchObject({ fullName: 'Root' });
    healed.process.kill('SIGINT');
    expect(await healed.ended).toBe(0);
  });
});

describe('the command line', () => {
  it.each([
    [['dance'], {}, 'There is no command "dance"'],
    [['start', '--roles', 'api,cook'], {}, '--roles has "cook"'],
    [['keys', 'burn'], {}, 'keys generate, keys rotate or keys list'],
    [['admin', 'create', '--email', 'nobody'], {}, 'email must be a valid email'],
    [['start', 'worker'], {}, '"start" takes no "worker"'],
    [['keys', 'list', 'signing'], {}, '"keys list" takes no "signing"'],
    [['keys', 'list', '--force'], {}, 'There is no option --force'],
    [['start'], { NODE_ENV: 'production' }, 'SMTP_URL is required in production'],
    [['start'], { PORT: 'x', BCRYPT_COST: '99', LOG_LEVEL: 'loud' }, 'BCRYPT_COST is "99"'],
  ])('%j answers a mistake with one clear message and exit code 1', async (args, settings, message) => {
    const command = runMain(args, { DATA_DIR: join(folder, 'other'), ...settings });
    expect(await command.ended).toBe(1);
    expect(command.output()).toContain(message);
    expect(command.output()).not.toContain('    at ');
    if (args[0] !== 'start' || args.length > 1) expect(command.output().trim().split('\n')).toHaveLength(1);
  });

  it('a start that waits for its database ends at the first signal', async () => {
    const command = runMain(['start'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nowhere' });
    await command.says(/Waiting for the main database/);
    command.process.kill('SIGTERM');
    expect(await command.ended).toBe(0);
    expect(command.output()).not.toContain('cannot be used');
  });

  it('keys generate, list and rotate name the keys; generating over keys is refused', async () => {
    // In production, and nothing else set: keys come first.
    const settings = { NODE_ENV: 'production', KEYS_DIR: join(folder, 'keys') };
    const keys = async (act: string) => {
      const command = runMain(['keys', act], settings);
      return [await command.ended, command.output()] as const;
    };
    expect(await keys('generate')).toEqual([0, expect.stringMatching(/signing.*current[\s\S]*pepper/)]);
    expect((await keys('generate'))[0]).toBe(1);
    expect(await keys('rotate')).toEqual([0, expect.stringContaining('retired')]);
    expect(await keys('list')).toEqual([0, expect.stringMatching(/current/)]);
  });

  it('says that its output could not be written', async () => {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const line = `"$0" "$1" keys list > /dev/full`;
    const keys = { ...process.env, KEYS_DIR: join(folder, 'keys') };
    await expect(run('sh', ['-c', line, process.execPath, main], { env: keys })).rejects.toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining('could not be written: ENOSPC') },
    });
  });

  it('ends what it has begun, though nobody reads along any more', async () => {
    const dataDir = join(folder, 'unread');
    const command = runMain(['migrate'], { DATA_DIR: dataDir });
    command.process.stdout?.destroy();
    expect([await command.ended, command.output()]).toEqual([0, '']);
    // It has stopped its PostgreSQL too.
    await expect(access(join(dataDir, 'postgres', 'postmaster.pid'))).rejects.toThrow('ENOENT');
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}
