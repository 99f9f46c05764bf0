import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { migrateDatabases } from '../src/databases.ts';
import { createMetrics } from '../src/platform/metrics.ts';
import { type RunningNode, startNode } from '../src/start-node.ts';
import { createPeople, type People, type Person } from './factories.ts';
import { Cleanup } from './faults/cluster/cleanup.ts';
import { eventually, origin, silentLog } from './harness.ts';
import { createApi } from './http.ts';
import { type PostgresPair, startPostgresPair } from './standby.ts';

// One pair of servers for a story in two chapters: lists from the standby, then its promotion.

const cleanup = new Cleanup();
const names = { main: 'openward', chat: 'openward_chat' };
let pair: PostgresPair;
let node: RunningNode;
let people: People;
let folder: string;
const reads: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openward-standby-'));
  pair = await startPostgresPair(Object.values(names), cleanup);
  const urls = { main: pair.url(names.main), chat: pair.url(names.chat) };
  const config = readConfig({
    ...{ NODE_ENV: 'test', PORT: '0', PUBLIC_URL: origin, BCRYPT_COST: '4', LOG_LEVEL: 'silent' },
    ...{ DATABASE_URL: urls.main, CHAT_DATABASE_URL: urls.chat, READ_DATABASE_URL: pair.standby.url(names.main) },
    ...{ KEYS_DIR: inject('keysDir'), DATA_DIR: folder },
  });
  await migrateDatabases(urls);
  const metrics = { ...createMetrics(), replica: { read: (outcome: string) => void reads.push(outcome) } };
  node = await startNode({ config, urls, roles: ['api', 'chat', 'worker'], log: silentLog, overrides: { metrics } });
  people = createPeople(node.ctx, node.url);
});
afterAll(async () => {
  await node.stop();
  await pair.stop();
  await rm(folder, { recursive: true, force: true });
});

const submit = (patient: Person, complaint: string) =>
  patient.api('POST', '/requests', { specialty: 'urology', complaint, urgency: 'routine' });
const complaintsOf = async (patient: Person) => {
  const { status, body } = await patient.api('GET', '/requests');
  expect(status).toBe(200);
  return body.items.map(({ complaint }: { complaint: string }) => complaint);
};

describe('with READ_DATABASE_URL', () => {
  it('lists come from the copy, and whoever has just written something finds it there', async () => {
    const patient = await people.patient();
    reads.length = 0;
    const written: string[] = [];
    for (let count = 1; count <= 15; count += 1) {
      const complaint = `Complaint number ${count}`;
      expect((await submit(patient, complaint)).status).toBe(201);
      written.unshift(complaint);
      expect(await complaintsOf(patient)).toEqual(written);
    }
    // Here and there the copy is late on a busy machine; it is asked again two seconds later.
    await eventually('the copy is read', async () => {
      expect(await complaintsOf(patient)).toEqual(written);
      return reads.includes('replica');
    });
    expect(reads).not.toContain('away');
  });

  it('a change of the directory is seen at once by who made it, though the list is kept in memory and read from the copy', async () => {
    const doctor = await people.doctor({ specialty: 'urology' });
    for (const fullName of ['Doctor One', 'Doctor Two', 'Doctor Three']) {
      expect((await doctor.api('PATCH', '/me', { fullName })).status).toBe(200);
      const { body } = await doctor.api('GET', '/doctors?specialty=urology');
      expect(body.items.map((one: { fullName: string }) => one.fullName)).toEqual([fullName]);
    }
  });

  it('a copy that is behind is not believed: lists come from the primary, and from the copy again once it has caught up', async () => {
    const patient = await people.patient();
    await submit(patient, 'Before');
    // It goes on receiving, so that commits go on, and stands still in replaying.
    await pair.standby.query(names.main, 'SELECT pg_wal_replay_pause()');
    await eventually('replaying stands still', async () => {
      const [row] = await pair.standby.query<{ state: string }>(
        names.main,
        'SELECT pg_get_wal_replay_pause_state() AS state',
      );
      return row?.state === 'paused';
    });
    reads.length = 0;
    await submit(patient, 'While it stood still');
    expect(await complaintsOf(patient)).toEqual(['While it stood still', 'Before']);
    await pair.standby.query(names.main, 'SELECT pg_wal_replay_resume()');
    await eventually('the copy is read from again', async () => {
      await complaintsOf(patient);
      return reads.at(-1) === 'replica';
    });
  });

  it('a copy that hangs costs a list a moment and no error', async () => {
    const patient = await people.patient();
    await submit(patient, 'Only this');
    await eventually('the copy is read from', async () => (await complaintsOf(patient)) && reads.at(-1) === 'replica');
    await pair.primary.query('postgres', `ALTER SYSTEM SET synchronous_standby_names = ''`);
    await pair.primary.query('postgres', 'SELECT pg_reload_conf()');
    pair.standby.pause();
    const startedAt = performance.now();
    expect(await complaintsOf(patient)).toEqual(['Only this']);
    expect(performance.now() - startedAt).toBeLessThan(2500);
    pair.standby.goOn();
    await pair.primary.query('postgres', `ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
    await pair.primary.query('postgres', 'SELECT pg_reload_conf()');
    await eventually('the copy is read from again', async () => {
      await complaintsOf(patient);
      return reads.at(-1) === 'replica';
    });
  });
});

describe('when the standby is promoted', () => {
  it('while the old primary still runs, all nodes leave that one by themselves, and nothing acknowledged is lost', async () => {
    const [patient, doctor] = [await people.patient(), await people.doctor()];
    const { body: request } = await patient.api('POST', '/requests', {
      ...{ doctorId: doctor.id, complaint: 'A cough', urgency: 'routine' },
    });
    await doctor.api('POST', `/requests/${request.id}/accept`);
    const path = `/rooms/${request.id}/messages`;
    await eventually('the room', async () => (await patient.api('GET', `/rooms/${request.id}`)).status === 200);

    const acked = new Map<string, number>();
    const state = { talking: true, failed: 0, lastFailedAtMs: 0 };
    const senders = [patient, doctor, patient, doctor].map(async ({ accessToken }, number) => {
      const api = createApi(node.url, { authorization: `Bearer ${accessToken}` });
      for (let count = 1; state.talking; ) {
        const clientId = `${number}-${count}`;
        const { status, body } = await api('POST', path, { clientId, text: `Message ${clientId}` });
        if (status === 200 || status === 201) {
          acked.set(clientId, body.seq);
          count += 1;
        } else {
          expect([clientId, status, body.code]).toEqual([clientId, 503, 'unavailable']);
          state.failed += 1;
          state.lastFailedAtMs = performance.now();
        }
      }
    });
    await eventually('messages are acknowledged', () => acked.size > 40);
    const promotedAtMs = performance.now();
    await pair.standby.promote();
    const before = acked.size;
    await eventually('messages are acknowledged by the promoted one', () => acked.size > before + 100, 20_000);
    state.talking = false;
    await Promise.all(senders);
    expect(state.lastFailedAtMs - promotedAtMs).toBeLessThan(10_000);

    const stored = await pair.standby.query<{ clientId: string; seq: string }>(
      names.chat,
      'SELECT client_id AS "clientId", seq FROM messages WHERE room_id = $1 ORDER BY seq',
      [request.id],
    );
    expect(stored.map(({ seq }) => Number(seq))).toEqual(stored.map((_, index) => index + 1));
    const seqs = new Map(stored.map(({ clientId, seq }) => [clientId, Number(seq)]));
    expect([...acked].filter(([clientId, seq]) => seqs.get(clientId) !== seq)).toEqual([]);
    // Nobody but who looks whether it has come to its senses is connected to the old one. What waits there for the standby's word is
    // nobody's any more, and waits for ever.
    await eventually('the old primary is left', async () => {
      const rows = await pair.primary.query<{ name: string }>(
        'postgres',
        `SELECT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'openward%' AND wait_event IS DISTINCT FROM 'SyncRep'`,
      );
      return rows.every(({ name }) => name === 'openward-watch');
    });
    expect((await patient.api('PATCH', '/me', { fullName: 'After It' })).status).toBe(200);
    expect(await pair.standby.query(names.main, `SELECT 1 FROM accounts WHERE full_name = 'After It'`)).toHaveLength(1);
  });

  it('an old primary that was killed and comes back, taking writes, is not gone back to', async () => {
    pair.primary.kill();
    const patient = await people.patient();
    await pair.primary.start();
    await eventually('it has been looked at', async () => {
      const found = await pair.primary.query(
        'postgres',
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'openward-watch' AND state = 'idle'`,
      );
      return found.length > 0;
    });
    const rowsWith = (name: string) => `SELECT 1 FROM accounts WHERE full_name = '${name}'`;
    for (let count = 1; count <= 10; count += 1) {
      expect((await patient.api('PATCH', '/me', { fullName: `Name ${count}` })).status).toBe(200);
    }
    expect(await pair.standby.query(names.main, rowsWith('Name 10'))).toHaveLength(1);
    expect(await pair.primary.query(names.main, rowsWith('Name 10'))).toHaveLength(0);
    // Nor while the promoted one does not answer: nobody but who looks is connected to the old one.
    pair.standby.pause();
    for (let count = 1; count <= 2; count += 1) {
      const { status, body } = await patient.api('PATCH', '/me', { fullName: 'Name 11' });
      expect([status, body.code]).toEqual([503, 'unavailable']);
    }
    const connected = await pair.primary.query<{ name: string }>(
      'postgres',
      `SELECT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'openward%'`,
    );
    expect(new Set(connected.map(({ name }) => name))).toEqual(new Set(['openward-watch']));
    pair.standby.goOn();
    await eventually('it answers again', async () => {
      const { status, body } = await patient.api('PATCH', '/me', { fullName: 'Name 12' });
      if (status !== 200) expect([status, body.code]).toEqual([503, 'unavailable']);
      return status === 200;
    });
    expect(await pair.standby.query(names.main, rowsWith('Name 12'))).toHaveLength(1);
    expect((await createApi(node.url)('GET', '//health/ready')).status).toBe(200);
  });
});
