import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readManifest } from '../src/backup/manifest.ts';
import { openRoom } from '../src/modules/chat/test-support.ts';
import { type RunningNode, startNode } from '../src/start-node.ts';
import { execute } from './admin-connection.ts';
import { runMain } from './command.ts';
import type { Person } from './factories.ts';
import { chatLayout, emptyDatabases, eventually, silentLog, startTestServer, type TestServer } from './harness.ts';
import { type Api, createApi } from './http.ts';
import { png } from './images.ts';

// A drill, as an operator would do it: a backup while people write, a restore into empty databases, and a look whether all is there.

let server: TestServer;
let folder: string;
let backup: string;
let restored: RunningNode;
let target: { main: string; chat: string };
beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'openward-backup-'));
  backup = join(folder, 'backup');
});
afterAll(async () => {
  await restored?.stop();
  await server.stop();
  await rm(folder, { recursive: true });
});

type Ack = { roomId: string; clientId: string; seq: number; text: string };
const acked: Ack[] = [];
let before: Ack[] = [];
let patient: Person;
let doctor: Person;
let file: { roomId: string; id: string; bytes: Buffer };

async function run(args: string[], urls = server.urls, more: Record<string, string> = {}) {
  const settings = {
    NODE_ENV: 'test',
    DATABASE_URL: urls.main,
    CHAT_DATABASE_URL: urls.chat,
    CHAT_DISTRIBUTED: chatLayout(),
  };
  const paths = { KEYS_DIR: inject('keysDir'), DATA_DIR: server.config.dataDir };
  const command = runMain(args, { ...settings, ...paths, BCRYPT_COST: '4', ...more });
  return { code: await command.ended, output: command.output() };
}

async function bytesOf(nodeUrl: string, api: Api, roomId: string, id: string): Promise<Buffer> {
  const { body } = await api('GET', `/rooms/${roomId}/attachments/${id}`);
  const reply = await fetch(new URL(body.url, nodeUrl));
  expect(reply.status).toBe(200);
  return Buffer.from(await reply.arrayBuffer());
}

/** One who sends, and one whose requests are taken, until told to stop. */
function keepWriting(rooms: string[]): () => Promise<void> {
  const state = { going: true };
  const senders = rooms.map(async (roomId) => {
    for (let count = 1; state.going; count += 1) {
      const message = { clientId: `${roomId}-${count}`, text: `Message ${count}, with a \\ and a tab\t.` };
      const { status, body } = await patient.api('POST', `/rooms/${roomId}/messages`, message);
      expect(status).toBe(201);
      acked.push({ ...message, roomId, seq: body.seq });
    }
  });
  const taken = (async () => {
    while (state.going) {
      const asked = { doctorId: doctor.id, complaint: 'While it is copied', urgency: 'routine' };
      const { body } = await patient.api('POST', '/requests', asked);
      await doctor.api('POST', `/requests/${body.id}/accept`);
    }
  })();
  return async () => {
    state.going = false;
    await Promise.all([...senders, taken]);
  };
}

describe('backup, beside a running node and people who write', () => {
  it('takes both databases and the files, says what it did, and leaves the keys out', async () => {
    [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const people = { patient, doctor };
    const roomIds = [(await openRoom(server, people)).roomId, (await openRoom(server, people)).roomId];
    const bytes = png({ width: 3, height: 2 });
    const [roomId = ''] = roomIds;
    const { body: uploaded } = await patient.api('POST', `/rooms/${roomId}/attachments?name=knee.png`, undefined, {
      ...{ raw: bytes, headers: { 'content-type': 'image/png' } },
    });
    await patient.api('POST', `/rooms/${roomId}/messages`, {
      ...{ clientId: 'file', text: 'My knee', attachmentIds: [uploaded.id] },
    });
    // As it is kept: cleaned of what it told beside the picture.
    file = { roomId, id: uploaded.id, bytes: await bytesOf(server.url, patient.api, roomId, uploaded.id) };

    // As pg-boss's clock leaves it there for a moment each minute: of a queue that a restore does not make.
    await execute(
      server.urls.main,
      `INSERT INTO jobs.job (name, data, start_after) VALUES ('__pgboss__send-it', '{}', now() + interval '1 day')`,
    );
    const stop = keepWriting(roomIds);
    await eventually('people write', () => acked.length > 30);
    before = [...acked];
    const { code, output } = await run(['backup', '--to', backup]);
    await stop();
    expect(code, output).toBe(0);
    expect(acked.length).toBeGreaterThan(before.length);
    expect(output).toMatch(/chat public\.messages: \d+ rows[\s\S]*The backup is complete[\s\S]*Keys are not in it/);
    const names = await readdir(backup, { recursive: true });
    expect(names.filter((name) => /key|pem|pepper/i.test(name) && !name.endsWith('.copy.gz'))).toEqual([]);
    const manifest = await readManifest(backup);
    expect(manifest.attachments).toMatchObject({ count: 1, missing: 0 });
    expect(JSON.stringify(manifest)).not.toContain('While it is copied');
  });

  it('wants a folder of its own', async () => {
    expect(await run(['backup', '--to', backup])).toMatchObject({
      code: 1,
      output: expect.stringContaining('is not empty'),
    });
    expect(await run(['backup'])).toMatchObject({ code: 1, output: expect.stringContaining('Say where') });
  });
});

describe('restore', () => {
  it('refuses databases that hold something, with whoever works on them, and changes nothing', async () => {
    const inUse = await run(['restore', '--from', backup, '--force']);
    expect(inUse).toMatchObject({
      code: 1,
      output: expect.stringMatching(/is in use \(openward-.*Stop every node first/),
    });
    const other = await emptyDatabases();
    await execute(other.main, 'CREATE TABLE mine (n int)');
    const full = await run(['restore', '--from', backup], other);
    expect(full).toMatchObject({ code: 1, output: expect.stringContaining('main database is not empty') });
    expect(await execute(other.chat, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
    expect(await execute(other.main, 'SELECT * FROM mine')).toEqual([]);
  });

  it('refuses a damaged file, a folder without a manifest, and a KEYS_DIR without the pepper, before it touches anything', async () => {
    const other = await emptyDatabases();
    const path = join(backup, 'main/public.accounts.copy.gz');
    const good = await readFile(path);
    await writeFile(path, Buffer.concat([good.subarray(0, -1), Buffer.from([(good.at(-1) ?? 0) ^ 1])]));
    const damaged = await run(['restore', '--from', backup], other);
    await writeFile(path, good);
    expect(damaged).toMatchObject({ code: 1, output: expect.stringMatching(/accounts\.copy\.gz is damaged/) });
    const none = await run(['restore', '--from', folder], other);
    expect(none).toMatchObject({ code: 1, output: expect.stringContaining('manifest.json is missing') });
    const keyless = await run(['restore', '--from', backup], other, { KEYS_DIR: join(folder, 'no-keys') });
    expect(keyless).toMatchObject({
      code: 1,
      output: expect.stringMatching(/lacks the pepper .*put them there first/),
    });
    for (const url of Object.values(other))
      expect(await execute(url, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
  });

  it('brings everything back that had been acknowledged before the backup, in its place', async () => {
    target = await emptyDatabases();
    const dataDir = join(folder, 'restored');
    await mkdir(dataDir);
    const { code, output } = await run(['restore', '--from', backup], target, { DATA_DIR: dataDir });
    expect(code, output).toBe(0);
    const attachments = { url: null, dir: join(dataDir, 'attachments'), incomingDir: join(dataDir, 'incoming') };
    const databases = { ...target, read: null };
    const config = { ...server.config, databases, dataDir, attachments };
    restored = await startNode({ config, urls: target, roles: ['api', 'chat', 'worker'], log: silentLog });

    const headers = { authorization: `Bearer ${patient.accessToken}` };
    const old = await createApi(restored.url)('GET', '/me', undefined, { headers });
    expect([old.status, old.body.code]).toEqual([401, 'session-ended']);
    const { email, password } = patient;
    const login = await createApi(restored.url)('POST', '/auth/tokens', { email, password });
    expect(login.status).toBe(200);
    const api = createApi(restored.url, { authorization: `Bearer ${login.body.accessToken}` });

    for (const roomId of new Set(before.map((ack) => ack.roomId))) {
      const rows = await execute<{ seq: string; client_id: string; text: string }>(
        target.chat,
        `SELECT seq, client_id, text FROM messages WHERE room_id = '${roomId}' ORDER BY seq`,
      );
      expect(rows.map(({ seq }) => Number(seq))).toEqual(rows.map((_, index) => index + 1));
      const stored = new Map(rows.map((row) => [row.client_id, { seq: Number(row.seq), text: row.text }]));
      for (const { clientId, seq, text } of before.filter((ack) => ack.roomId === roomId))
        expect([clientId, stored.get(clientId)]).toEqual([clientId, { seq, text }]);
      // And goes on from there.
      const next = await api('POST', `/rooms/${roomId}/messages`, { clientId: 'afterwards', text: 'Still here' });
      expect([next.status, next.body.seq]).toEqual([201, rows.length + 1]);
    }
    expect(await bytesOf(restored.url, api, file.roomId, file.id)).toEqual(file.bytes);
  });

  it('leaves nothing between the two databases: each request that was taken has its room, each room its request', async () => {
    await eventually('rooms follow', async () => {
      const requests = await execute<{ id: string; version: number }>(
        target.main,
        `SELECT id, version FROM care_requests WHERE status <> 'submitted' ORDER BY id`,
      );
      const rooms = await execute<{ id: string; version: number }>(
        target.chat,
        'SELECT room_id AS id, request_version AS version FROM rooms ORDER BY room_id',
      );
      return requests.length > 2 && JSON.stringify(requests) === JSON.stringify(rooms);
    });
    const members = await execute<{ n: number }>(
      target.chat,
      'SELECT count(*)::int AS n FROM room_members GROUP BY room_id',
    );
    expect(members.every(({ n }) => n === 2)).toBe(true);
  });

  it('has the same people, row by row, guards again what it left aside for a moment, and goes on with its numbers', async () => {
    const sumOf = `SELECT md5(string_agg(a::text, '|' ORDER BY id)) AS sum FROM accounts a`;
    expect(await execute(target.main, sumOf)).toEqual(await execute(server.urls.main, sumOf));
    await expect(execute(target.main, 'DELETE FROM audit_log')).rejects.toThrow('the audit log is append-only');
    const { code, output } = await run(['migrate', 'status'], target);
    expect([code, output.includes('pending')]).toEqual([0, false]);
  });

  it('with --force empties what is there first', async () => {
    await restored.stop();
    await execute(target.main, 'CREATE TABLE mine (n int)');
    const { code, output } = await run(['restore', '--from', backup, '--force'], target, { DATA_DIR: folder });
    expect(code, output).toBe(0);
    expect(await execute(target.main, `SELECT 1 FROM pg_tables WHERE tablename = 'mine'`)).toEqual([]);
    expect(await execute(target.chat, `SELECT 1 FROM messages WHERE client_id = 'afterwards'`)).toEqual([]);
  });

  it('with --force empties nothing for a backup of a newer version', async () => {
    const path = join(backup, 'manifest.json');
    const good = await readFile(path, 'utf8');
    const manifest = JSON.parse(good);
    manifest.main.migrations.push({ ...manifest.main.migrations.at(-1), when: 9_999_999_999_999 });
    await writeFile(path, JSON.stringify(manifest));
    const { code, output } = await run(['restore', '--from', backup, '--force'], target, { DATA_DIR: folder });
    await writeFile(path, good);
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('of a newer version') });
    expect(await execute(target.main, 'SELECT 1 FROM accounts LIMIT 1')).toHaveLength(1);
  });

  it('that breaks in the middle says that no node is to start, and what to do; then it goes through', async () => {
    const dataDir = join(folder, 'broken');
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'incoming'), 'a file where a folder is to be');
    const broken = await run(['restore', '--from', backup, '--force'], target, { DATA_DIR: dataDir });
    expect(broken).toMatchObject({
      code: 1,
      output: expect.stringMatching(/EEXIST.*\nThe restore is not complete.*start no node.*again with --force/),
    });
    await rm(join(dataDir, 'incoming'));
    const { code, output } = await run(['restore', '--from', backup, '--force'], target, { DATA_DIR: dataDir });
    expect(code, output).toBe(0);
  });
});
