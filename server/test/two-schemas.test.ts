import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { databaseUrl, execute } from './admin-connection.ts';
import { runMain } from './command.ts';
import { createPerson, logIn, openRoom, type Session } from './faults/clients/people.ts';
import type { ClusterNode } from './faults/cluster/node.ts';
import { findEarlierSchema, unpackVersion } from './faults/cluster/previous-version.ts';
import { createApi } from './http.ts';
import { type Mailbox, startMailbox } from './mailbox.ts';
import { openTestNodes, type TestNodes } from './processes.ts';

// An update as it is rolled out: the version before runs, the schema becomes the new one, and both run beside each other.
// It runs with the packages of today: what only it needs stays among the devDependencies until there is a newer migration.

const earlier = findEarlierSchema();
if ('missing' in earlier) process.stderr.write(`two-schemas.test.ts is left out: ${earlier.missing}.\n`);

describe.skipIf('missing' in earlier)('the version before the newest migration', { timeout: 240_000 }, () => {
  let folder: string;
  let mailbox: Mailbox;
  let urls: { main: string; chat: string };
  let nodes: TestNodes;
  let old: ClusterNode;
  let today: ClusterNode;
  let admin: Session;
  let before: string;
  const settings = () => ({
    ...{ NODE_ENV: 'test', DATABASE_URL: urls.main, CHAT_DATABASE_URL: urls.chat, DATA_DIR: folder },
    ...{ KEYS_DIR: inject('keysDir'), SMTP_URL: mailbox.url, PUBLIC_URL: 'https://portal.openward.test' },
  });
  const command = async (program: string | undefined, ...args: string[]) => {
    const run = runMain(args, settings(), program);
    expect(await run.ended, run.output()).toBe(0);
    return run.output();
  };

  beforeAll(async () => {
    if ('missing' in earlier) return;
    folder = await mkdtemp(join(tmpdir(), 'openward-versions-'));
    before = unpackVersion(earlier.commit, join(folder, 'before'));
    mailbox = await startMailbox();
    const { adminUrl, run } = inject('postgres');
    const names = { main: `${run}_versions_main`, chat: `${run}_versions_chat` };
    for (const name of Object.values(names)) await execute(adminUrl, `CREATE DATABASE ${name}`);
    urls = { main: databaseUrl(adminUrl, names.main), chat: databaseUrl(adminUrl, names.chat) };
    nodes = await openTestNodes({ urls, mailbox });
    // The one that has limits by today's names means nothing to the version before.
    const environment = { LIMITS_FILE: '' };
    old = await nodes.open({ program: before, environment });
    today = await nodes.open({ environment });
  });
  afterAll(async () => {
    if ('missing' in earlier) return;
    await nodes.stop();
    await mailbox.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const town = (node: ClusterNode, program?: string) => ({
    doors: [node],
    mailbox,
    command: (...args: string[]) => command(program, ...args),
  });

  /** What people do in a day, at one node or at two. */
  async function live(name: string, node: ClusterNode, other: ClusterNode): Promise<void> {
    const [patient, doctor] = await Promise.all([
      createPerson(town(node), admin, `patient-${name}`, 'patient').then((person) => logIn(person, node.url)),
      createPerson(town(node), admin, `doctor-${name}`, 'doctor').then((person) => logIn(person, other.url)),
    ]);
    const roomId = await openRoom(patient, doctor);
    const said = await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'one', text: 'Good morning' });
    expect([said.status, said.body.seq]).toEqual([201, 1]);
    const read = await doctor.api('GET', `/rooms/${roomId}/messages?after=0`);
    expect(read.body.items).toMatchObject([{ seq: 1, text: 'Good morning' }]);
    const diagnosis = { title: 'Cold', description: 'A cold', recommendations: 'Tea' };
    expect((await doctor.api('POST', `/requests/${roomId}/diagnoses`, diagnosis)).status).toBe(201);
    expect((await patient.api('POST', `/requests/${roomId}/rating`, { stars: 5 })).status).toBe(201);
    expect((await doctor.api('POST', `/requests/${roomId}/close`)).status).toBe(200);
  }

  it('runs, and says what the newer one would bring', async () => {
    await old.start();
    const said = await command(before, 'admin', 'create', '--email', 'admin@example.org', '--name', 'Ada Admin');
    const newPassword = 'seven quiet otters 42';
    await createApi(old.url)('POST', '/auth/reset-password', { token: /#token=(\S+)/.exec(said)?.[1], newPassword });
    admin = await logIn({ accountId: '', email: 'admin@example.org', role: 'admin' }, old.url);
    await live('before', old, old);
    expect(await command(undefined, 'migrate', 'status')).toMatch(/pending {3}\d{4}_/);
    expect(await command(undefined, 'migrate', 'up', '--dry-run')).toMatch(/^-- (main|chat) \d{4}_\w+\n/m);
    expect(await command(undefined, 'migrate', 'status')).toMatch(/pending/);
  });

  it('goes on while the schema becomes the newer one under it', async () => {
    await command(undefined, 'migrate', 'up');
    expect(await command(undefined, 'migrate', 'status')).not.toMatch(/pending/);
    await live('migrated', old, old);
  });

  it('works beside the newer version, which sees what it writes and is seen by it', async () => {
    await today.start();
    await live('from-old-to-new', old, today);
    await live('from-new-to-old', today, old);
  });

  it('can be started again on the newer schema, as a roll-back does, and leaves it as it is', async () => {
    expect(await old.terminate()).toBe(0);
    await old.start();
    await live('rolled-back', old, today);
    expect(await command(undefined, 'migrate', 'status')).not.toMatch(/pending/);
  });
});
