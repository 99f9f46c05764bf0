import { spawn, spawnSync } from 'node:child_process';
import { chmod, chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  atTheEnd,
  cleanUp,
  countNotes,
  eventually,
  firstLine,
  isAlive,
  kill,
  listOrEmpty,
  newDataDir,
  ownerPids,
  postmasterPid,
  query,
  start,
  startInChild,
  writeNotes,
} from './embedded/test-support.ts';
import { attachEmbeddedPostgres } from './embedded-postgres.ts';

const TIMEOUT_MS = 30_000;
/** `daemon`: a user of every Unix, and none that PostgreSQL would be run as by itself. */
const ORDINARY_USER = 1;
const IS_ROOT = process.getuid?.() === 0;
const ordinaryUserCanRun =
  IS_ROOT &&
  spawnSync(process.execPath, ['--version'], { cwd: '/', uid: ORDINARY_USER, gid: ORDINARY_USER }).status === 0;
const hasUserNamespaces = IS_ROOT && spawnSync('unshare', ['--user', '--map-user=1', 'true']).status === 0;

afterEach(cleanUp);

describe('a cluster of our own', { timeout: TIMEOUT_MS }, () => {
  test('starts with its databases, durable and on this machine only, and stops', async () => {
    const dataDir = await newDataDir();
    const postgres = await start(dataDir);

    const [settings] = await query(
      postgres.url('openward_chat'),
      `SELECT current_database() AS name, current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding,
        current_setting('synchronous_commit') AS commit, current_setting('listen_addresses') AS listen`,
    );
    expect(settings).toEqual({
      name: 'openward_chat',
      fsync: 'on',
      encoding: 'UTF8',
      commit: 'on',
      listen: '127.0.0.1',
    });
    expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
    await expect(query(postgres.url('openward').replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(
      /password/,
    );

    const pid = await postmasterPid(dataDir);
    await Promise.all([postgres.stop(), postgres.stop()]);
    expect(isAlive(pid)).toBe(false);
    await expect(query(postgres.url('openward'), 'SELECT 1')).rejects.toThrow();
  });

  test('keeps its rows over a restart', async () => {
    const dataDir = await newDataDir();
    const first = await start(dataDir);
    await writeNotes(first.url('openward'), 3);
    await first.stop();

    const second = await start(dataDir);
    expect(await countNotes(second.url('openward'))).toBe(3);
  });

  test('is reached by a command beside it, and only while it runs', async () => {
    const dataDir = await newDataDir();
    expect(await attachEmbeddedPostgres({ dataDir })).toBeNull();
    const postgres = await start(dataDir);
    expect((await attachEmbeddedPostgres({ dataDir }))?.url('openward')).toBe(postgres.url('openward'));
    await postgres.stop();
    expect(await attachEmbeddedPostgres({ dataDir })).toBeNull();
  });

  test('refuses a second owner, and goes on', async () => {
    const dataDir = await newDataDir();
    const postgres = await start(dataDir);
    await writeNotes(postgres.url('openward'), 1);

    const pid = await postmasterPid(dataDir);
    await expect(start(dataDir)).rejects.toThrow(
      `${dataDir} is in use by another Openward (postgres pid ${pid}, port ${postgres.port}). Stop that one, or set DATA_DIR to another folder.`,
    );
    expect(await postmasterPid(dataDir)).toBe(pid);
    expect(await countNotes(postgres.url('openward'))).toBe(1);
  });
});

describe('after a failure', { timeout: TIMEOUT_MS }, () => {
  test('a killed postmaster is started again on its port, with what was committed', async () => {
    const dataDir = await newDataDir();
    const faults: string[] = [];
    const postgres = await start(dataDir, faults);
    await writeNotes(postgres.url('openward'), 100);

    const pid = await postmasterPid(dataDir);
    process.kill(pid, 'SIGKILL');
    await eventually(
      async () => (await postmasterPid(dataDir)) !== pid && (await countNotes(postgres.url('openward'))) === 100,
    );
    expect(faults.length).toBeGreaterThan(0);
    await eventually(async () => (await ownerPids(postgres)).length === 1);
    await expect(start(dataDir)).rejects.toThrow('is in use by another Openward');

    const restarted = await postmasterPid(dataDir);
    await postgres.stop();
    expect(isAlive(restarted)).toBe(false);
  });

  test('a lost lock is taken again', async () => {
    const dataDir = await newDataDir();
    const postgres = await start(dataDir, []);
    const pid = await postmasterPid(dataDir);
    const [before] = await ownerPids(postgres);
    await query(postgres.url('postgres'), `SELECT pg_terminate_backend(${before})`);
    await eventually(async () => {
      const after = await ownerPids(postgres);
      return after.length === 1 && after[0] !== before;
    });
    expect(await postmasterPid(dataDir)).toBe(pid);
  });

  test('the postmaster of a killed owner is adopted, and stopped in the end', async () => {
    const dataDir = await newDataDir();
    const owner = startInChild(dataDir);
    const url = await firstLine(owner);
    await writeNotes(url, 5);
    const pid = await postmasterPid(dataDir);
    await kill(owner, 'SIGKILL');
    expect(isAlive(pid)).toBe(true);

    const postgres = await start(dataDir);
    expect(await postmasterPid(dataDir)).toBe(pid);
    expect(postgres.url('openward')).toBe(url);
    expect(await countNotes(url)).toBe(5);
    await postgres.stop();
    expect(isAlive(pid)).toBe(false);
  });

  test('an owner and its postmaster killed together, with a query still at work, leave nothing in the way', async () => {
    const dataDir = await newDataDir();
    const owner = startInChild(dataDir);
    const url = await firstLine(owner);
    await writeNotes(url, 5);
    // Computing, a worker does not notice that its postmaster is gone: it holds on to the shared memory for a second or two.
    const long = query(url, 'SELECT count(*) FROM generate_series(1, 5000) a, generate_series(1, 5000) b').catch(
      () => [],
    );
    await eventually(async () => {
      const working = `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%5000%' AND state = 'active' AND pid <> pg_backend_pid()`;
      return (await query(url, working)).length === 1;
    });
    const pid = await postmasterPid(dataDir);
    await kill(owner, 'SIGKILL');
    process.kill(pid, 'SIGKILL');

    const postgres = await start(dataDir);
    expect(await countNotes(postgres.url('openward'))).toBe(5);
    await long;
  });

  test('a postmaster.pid whose number was given to another process is seen through', async () => {
    const dataDir = await newDataDir();
    const first = await start(dataDir);
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
    const text = await readFile(pidFile, 'utf8');
    await first.stop();
    const bystander = spawn('sleep', ['60']);
    atTheEnd(async () => bystander.kill());
    await writeFile(pidFile, text.replace(/^\d+/, String(bystander.pid)));
    const { uid, gid } = await stat(join(dataDir, 'postgres'));
    await chown(pidFile, uid, gid);

    expect(await attachEmbeddedPostgres({ dataDir })).toBeNull();
    const second = await start(dataDir);
    expect(await postmasterPid(dataDir)).not.toBe(bystander.pid);
    await query(second.url('openward'), 'SELECT 1');
  });

  test('a first start killed in the middle begins anew', async () => {
    const dataDir = await newDataDir();
    const owner = startInChild(dataDir);
    const workshop = `postgres.new-${owner.pid}`;
    await eventually(async () => (await listOrEmpty(join(dataDir, workshop, 'cluster'))).length > 0);
    await kill(owner, 'SIGKILL');
    expect(await readdir(dataDir)).toContain(workshop);
    expect(await readdir(dataDir)).not.toContain('postgres');

    const postgres = await start(dataDir);
    await query(postgres.url('openward_chat'), 'SELECT 1');
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres-password', 'postgres.log']);
  });
});

describe('whoever starts it', { timeout: TIMEOUT_MS }, () => {
  test.skipIf(!hasUserNamespaces)('root, in a folder that is closed to all others', async () => {
    const dataDir = await newDataDir();
    await chmod(join(dataDir, '..'), 0o700);
    const postgres = await start(dataDir);
    await query(postgres.url('openward'), 'SELECT 1');
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(0);
  });

  test.skipIf(!ordinaryUserCanRun)('an ordinary user', async () => {
    const dataDir = await newDataDir(ORDINARY_USER);
    const owner = startInChild(dataDir, ORDINARY_USER);
    await query(await firstLine(owner), 'SELECT 1');
    await kill(owner, 'SIGTERM');
  });

  test.skipIf(!ordinaryUserCanRun)('root and the owner of the folder in turn', async () => {
    const dataDir = await newDataDir(ORDINARY_USER);
    const byRoot = await start(dataDir);
    await writeNotes(byRoot.url('openward'), 2);
    await byRoot.stop();
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(ORDINARY_USER);

    const owner = startInChild(dataDir, ORDINARY_USER);
    expect(await countNotes(await firstLine(owner))).toBe(2);
    await kill(owner, 'SIGTERM');

    const again = await start(dataDir);
    expect(await countNotes(again.url('openward'))).toBe(2);
  });
});
