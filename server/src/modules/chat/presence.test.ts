import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { withParts } from '../../../test/with-parts.ts';
import { socketLimits } from '../../limits.ts';
import { beat, joinPresence, presenceOf } from './presence.ts';
import { PresenceKeeper } from './socket/presence-keeper.ts';
import { addGateway, openRoom, release, TestSocket } from './test-support.ts';
import { presenceChanged } from './topics.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** A node that is busy for a second is not dead: that is for the one test of it. */
const quick = { presenceBeatMs: 100, presenceLeaseMs: 60_000, presenceGraceMs: 300 };

async function presenceIn(person: Person, roomId: string, of: Person) {
  const { body } = await person.api('GET', `/rooms/${roomId}`);
  const { online, lastSeenAt } = body.members.find(({ id }: { id: string }) => id === of.id);
  return { online, lastSeenAt };
}

describe('presence', () => {
  it('tells the other member who comes and goes, over two nodes, and since when somebody is away', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const [one, two] = [await addGateway(server, quick), await addGateway(server, quick)];
    const onDoctor = await TestSocket.open(one.url, { bearer: doctor.accessToken });
    expect(await presenceIn(doctor, roomId, patient)).toEqual({});
    const onPatient = await TestSocket.open(two.url, { bearer: patient.accessToken });
    const frame = { type: 'presence', roomId, accountId: patient.id };
    expect(await onDoctor.next('presence')).toEqual({ ...frame, online: true, lastSeenAt: null });
    expect(await presenceIn(doctor, roomId, patient)).toEqual({ online: true });
    await onPatient.close();
    const gone = await onDoctor.next('presence');
    expect(gone).toEqual({ ...frame, online: false, lastSeenAt: expect.any(String) });
    expect(Math.abs(Date.parse(gone.lastSeenAt ?? '') - Date.now())).toBeLessThan(5000);
    expect(await presenceIn(doctor, roomId, patient)).toEqual({ lastSeenAt: gone.lastSeenAt });
    expect(onPatient.frames.filter((frame) => frame.type === 'presence' && frame.accountId === patient.id)).toEqual([]);
    await Promise.all([one.close(), two.close()]);
  });

  it('does not flap: who comes back in time, here or on another node, was never away, and no frame costs a write', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const patience = { ...quick, presenceGraceMs: 3000 };
    const [one, two] = [await addGateway(server, patience), await addGateway(server, patience)];
    const onDoctor = await TestSocket.open(one.url, { bearer: doctor.accessToken });
    let last = await TestSocket.open(one.url, { bearer: patient.accessToken });
    await onDoctor.next('presence', ({ accountId }) => accountId === patient.id);
    const rows = async () =>
      (await server.ctx.chatDb.execute(sql`SELECT xmin::text FROM presence WHERE account_id = ${patient.id}`)).rows;
    const before = await rows();
    for (let times = 0; times < 5; times += 1) {
      last.drop();
      last = await TestSocket.open(one.url, { bearer: patient.accessToken });
      last.send({ type: 'typing', roomId });
      await last.settled();
    }
    expect(await rows()).toEqual(before);
    last.drop();
    last = await TestSocket.open(two.url, { bearer: patient.accessToken });
    await eventually('only the other node has them', async () => {
      const [first, ...more] = await rows();
      return more.length === 0 && first?.['xmin'] !== before[0]?.['xmin'];
    });
    await onDoctor.settled();
    expect(onDoctor.frames.filter((frame) => frame.type === 'presence' && frame.accountId === patient.id)).toHaveLength(
      1,
    );
    await Promise.all([one.close(), two.close()]);
  });

  it('is right within seconds after a node was killed: its sockets are gone with its signs of life', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const gateway = await addGateway(server, { ...quick, presenceLeaseMs: 1000 });
    const onDoctor = await TestSocket.open(gateway.url, { bearer: doctor.accessToken });
    // A node that died without a word leaves this behind, and no more.
    const dead = crypto.randomUUID();
    await beat(server.ctx, dead);
    await joinPresence(server.ctx, dead, [patient.id]);
    expect(await presenceIn(doctor, roomId, patient)).toEqual({ online: true });
    const gone = await onDoctor.next('presence', ({ online }) => !online);
    expect(gone).toMatchObject({ accountId: patient.id, lastSeenAt: expect.any(String) });
    const left = await server.ctx.chatDb.execute(sql`SELECT 1 FROM presence WHERE node_id = ${dead}`);
    expect(left.rows).toEqual([]);
    await gateway.close();
  });

  it('is right within a heartbeat for who was not told: the news is lost on its way, and it is said once', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const { bus } = server.ctx;
    // Hears all but this one topic.
    const subscribe: typeof bus.subscribe = (to, handler) =>
      to.name === presenceChanged.name ? () => {} : bus.subscribe(to, handler);
    const one = await addGateway(
      server,
      { ...quick, heartbeatMs: 150 },
      {
        bus: {
          publish: (...event) => bus.publish(...event),
          tellHere: (...event) => bus.tellHere(...event),
          tellOthers: (...news) => bus.tellOthers(...news),
          subscribe,
          hasOthers: true,
          needsTelling: () => true,
          onGap: (handler) => bus.onGap(handler),
          close: () => bus.close(),
        },
      },
    );
    const two = await addGateway(server, quick);
    const onDoctor = await TestSocket.open(one.url, { bearer: doctor.accessToken });
    await onDoctor.settled();
    const of = ({ accountId }: { accountId: string }) => accountId === patient.id;
    const frame = { type: 'presence', roomId, accountId: patient.id };
    expect(await onDoctor.next('presence', of)).toEqual({ ...frame, online: false, lastSeenAt: null });
    const onPatient = await TestSocket.open(two.url, { bearer: patient.accessToken });
    expect(await onDoctor.next('presence', of)).toEqual({ ...frame, online: true, lastSeenAt: null });
    const since = onDoctor.frames.length;
    const positions = () => onDoctor.frames.slice(since).filter(({ type }) => type === 'position').length;
    await eventually('three heartbeats', () => positions() >= 3);
    expect(onDoctor.frames.slice(since).filter(({ type }) => type === 'presence')).toEqual([]);
    // Who comes later hears how it is, whatever others were told before.
    const later = await TestSocket.open(one.url, { bearer: doctor.accessToken });
    expect(await later.next('presence', of)).toMatchObject({ online: true });
    await onPatient.close();
    const gone = await onDoctor.next('presence', of);
    expect(gone).toMatchObject({ online: false, lastSeenAt: expect.any(String) });
    expect(await presenceIn(doctor, roomId, patient)).toEqual({ lastSeenAt: gone.lastSeenAt });
    await Promise.all([one.close(), two.close()]);
  });

  it('is told once to who has just come, at the first heartbeat after their first frame', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const gateway = await addGateway(server, { ...quick, heartbeatMs: 50, firstFrameMs: 60_000 });
    const onDoctor = await TestSocket.open(gateway.url, { bearer: doctor.accessToken });
    const heartbeats = async (count: number) => {
      const isPosition = ({ type }: { type: string }) => type === 'position';
      const before = onDoctor.frames.filter(isPosition).length;
      await eventually('heartbeats', () => onDoctor.frames.filter(isPosition).length >= before + count);
    };
    await heartbeats(3);
    await onDoctor.settled();
    await heartbeats(3);
    expect(onDoctor.frames.filter(({ type }) => type === 'presence')).toEqual([
      { type: 'presence', roomId, accountId: patient.id, online: false, lastSeenAt: null },
    ]);
    await onDoctor.close();
    await gateway.close();
  });

  it('comes back by itself for a node that was taken for dead while it was stopped', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const gateway = await addGateway(server, quick);
    const onPatient = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    const isOnline = async () => (await presenceIn(doctor, roomId, patient)).online === true;
    await eventually('the patient is online', isOnline);
    await server.ctx.chatDb.execute(
      sql`WITH gone AS (DELETE FROM presence WHERE account_id = ${patient.id} RETURNING node_id)
          DELETE FROM chat_nodes WHERE node_id IN (SELECT node_id FROM gone)`,
    );
    await eventually('the patient is online again', isOnline);
    await onPatient.close();
    await gateway.close();
  });

  it('is seen in shared rooms alone: not by strangers, nor by who has left', async () => {
    const pair = await openRoom(server);
    const other = await openRoom(server);
    const gateway = await addGateway(server, quick);
    const [onDoctor, onOther] = [
      await TestSocket.open(gateway.url, { bearer: pair.doctor.accessToken }),
      await TestSocket.open(gateway.url, { bearer: other.doctor.accessToken }),
    ];
    await release(pair);
    await onDoctor.next('room', ({ status }) => status === 'closed');
    const onPatient = await TestSocket.open(gateway.url, { bearer: pair.patient.accessToken });
    const again = await TestSocket.open(gateway.url, { bearer: other.patient.accessToken });
    await onOther.next('presence', ({ accountId }) => accountId === other.patient.id);
    for (const socket of [onDoctor, onOther]) {
      const seen = socket.frames.filter((frame) => frame.type === 'presence').map((frame) => frame.accountId);
      expect(seen).not.toContain(pair.patient.id);
    }
    await Promise.all([onPatient, again].map((socket) => socket.close()));
    await gateway.close();
  });

  it('is true in a rush too, where there is always somebody new to be written down', async () => {
    const here = new Set<string>();
    const connections = { size: 1, ofAccount: (id: string) => (here.has(id) ? [1] : []) };
    const { chatDb } = server.ctx;
    // Each statement takes longer than it is until somebody else comes.
    const slow = new Proxy(chatDb, {
      get: (db, name) =>
        name === 'execute'
          ? async (query: Parameters<typeof db.execute>[0]) => {
              await sleep(6);
              return db.execute(query);
            }
          : Reflect.get(db, name, db),
    });
    const limits = { ...socketLimits, presenceBeatMs: 200, presenceLeaseMs: 2000 };
    const keeper = new PresenceKeeper(
      withParts(server.ctx, { chatDb: slow }),
      limits,
      connections as never,
      [] as never,
    );
    const come = (id: string) => {
      here.add(id);
      keeper.opened(id);
    };
    const first = crypto.randomUUID();
    come(first);
    const rush = setInterval(() => come(crypto.randomUUID()), 5);
    const seen: boolean[] = [];
    // For longer than a node that does not beat counts as there.
    for (let look = 0; look < 8; look += 1) {
      await sleep(1000);
      seen.push((await presenceOf(server.ctx, [first])).get(first)?.online === true);
    }
    clearInterval(rush);
    await keeper.close();
    expect(seen).toEqual(Array(8).fill(true));
  });
});
