import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobsAreDone, rowsOf } from '../../../test/database.ts';
import { startBehindProxy } from '../../../test/database-proxy.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { createApi } from '../../../test/http.ts';
import { png } from '../../../test/images.ts';
import { removeMessages } from '../chat/remove-messages.ts';
import { syncRoom } from '../chat/sync-room.ts';
import { historyOf, openRoom, submitTo, TestSocket } from '../chat/test-support.ts';
import { removeDueRecords } from './remove-records.ts';

// What the lock and the removal of a health record mean for what was said in its rooms.

let server: TestServer;
let admin: Person;
beforeAll(async () => {
  server = await startTestServer();
  admin = await server.people.admin();
});
afterAll(() => server.stop());

async function deleteAccount(admin: Person, { id }: Person): Promise<void> {
  expect((await admin.api('DELETE', `/admin/users/${id}`, { reason: 'Asked by phone' })).status).toBe(204);
}

const say = async (person: Person, roomId: string, text: string, attachmentIds: string[] = []) =>
  person.api('POST', `/rooms/${roomId}/messages`, { clientId: crypto.randomUUID(), text, attachmentIds });

/** Rooms of one patient and doctor, with two messages of the doctor in each; no worker is needed. */
async function treatOften({ people, ctx }: TestServer, times: number) {
  const [patient, doctor] = await Promise.all([people.patient(), people.doctor()]);
  const open = async () => {
    const roomId = await submitTo(patient, doctor);
    await doctor.api('POST', `/requests/${roomId}/accept`);
    await syncRoom(ctx, { requestId: roomId });
    for (const text of ['One', 'Two']) await say(doctor, roomId, text);
    return roomId;
  };
  return { patient, doctor, roomIds: await Promise.all(Array.from({ length: times }, open)) };
}

describe('the room of a locked record', () => {
  it('is closed: the doctor reads it, and neither writes, edits nor takes back what is in it', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    await say(patient, roomId, 'It hurts');
    await say(doctor, roomId, 'Rest it');
    const socket = await TestSocket.as(server, doctor);
    await deleteAccount(admin, patient);
    expect(await socket.next('room')).toMatchObject({ roomId, status: 'closed' });
    const before = await historyOf(doctor, roomId);
    const answers = await Promise.all([
      say(doctor, roomId, 'And?'),
      doctor.api('PATCH', `/rooms/${roomId}/messages/2`, { text: 'I never said so' }),
      doctor.api('DELETE', `/rooms/${roomId}/messages/2`),
    ]);
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(Array(3).fill([409, 'room-closed']));
    expect(await historyOf(doctor, roomId)).toEqual(before);
    expect(before.map(({ text }) => text)).toEqual(['It hurts', 'Rest it']);
    await socket.close();
  });

  it('takes nothing from the answer on: of the rooms of a hundred patients, written in and changed meanwhile, none is other than at the answer', async () => {
    // Without a worker: the deletion alone closes them.
    const quiet = await startTestServer({ roles: ['api', 'chat'] });
    const admin = await quiet.people.admin();
    const outcomes: string[] = [];
    // How long a deletion takes here and now, so that the changes are spread over it on any machine.
    let deletionMs = 0;
    const race = async (share: number, rooms: number) => {
      const delayMs = share * deletionMs;
      const { patient, doctor, roomIds } = await treatOften(quiet, rooms);
      const change = async (roomId: string, index: number) => {
        // Around the deletion, so that each wins sometimes.
        await sleep(delayMs + index * 3);
        const answers = await Promise.all([
          doctor.api('DELETE', `/rooms/${roomId}/messages/1`),
          doctor.api('PATCH', `/rooms/${roomId}/messages/2`, { text: 'Other' }),
          say(doctor, roomId, 'Three'),
        ]);
        return answers.map(({ status }) => status);
      };
      const changing = roomIds.map(change);
      const begunAtMs = performance.now();
      await deleteAccount(admin, patient);
      deletionMs = performance.now() - begunAtMs;
      const atAnswer = await Promise.all(roomIds.map((roomId) => historyOf(doctor, roomId)));
      const statuses = await Promise.all(changing);
      const after = await Promise.all(roomIds.map((roomId) => historyOf(doctor, roomId)));
      expect(after).toEqual(atAnswer);
      for (const [index, [one, two, three]] of after.entries()) {
        const done = [one?.text === null, two?.text === 'Other', three !== undefined];
        expect(statuses[index]?.map((status) => status < 300)).toEqual(done);
        outcomes.push(...done.map((is) => (is ? 'done' : 'refused')));
      }
    };
    // Five side by side.
    for (let trial = 0; trial < 20; trial += 1)
      await Promise.all(Array.from({ length: 5 }, (_, index) => race(trial / 12, 1 + (index % 2))));
    expect(new Set(outcomes)).toEqual(new Set(['refused', 'done']));
    await quiet.stop();
  });

  it('closes later, by its job, when the chat database is away at the deletion', async () => {
    const quiet = await startTestServer({ roles: ['api', 'chat'] });
    const { patient, doctor, roomIds } = await treatOften(quiet, 1);
    const roomId = roomIds[0] ?? '';
    const { node, proxy } = await startBehindProxy(quiet, ['api']);
    const admin = await quiet.people.admin();
    const there = createApi(node.url, { authorization: `Bearer ${admin.accessToken}` });
    proxy.cut();
    expect((await there('DELETE', `/admin/users/${patient.id}`, { reason: 'Asked by phone' })).status).toBe(204);
    expect((await doctor.api('GET', `/rooms/${roomId}`)).body).toMatchObject({ status: 'open' });
    await quiet.addNode({ roles: ['worker'] });
    await eventually(
      'the room is closed',
      async () => (await doctor.api('GET', `/rooms/${roomId}`)).body.status === 'closed',
    );
    await node.stop();
    await proxy.stop();
    await quiet.stop();
  });
});

describe('the rooms of a doctor who is banned', () => {
  it('take nothing from the answer on, and the doctor is out of them', async () => {
    const quiet = await startTestServer({ roles: ['api', 'chat'] });
    const admin = await quiet.people.admin();
    for (let trial = 0; trial < 10; trial += 1) {
      const { patient, doctor, roomIds } = await treatOften(quiet, 2);
      const ban = { reason: 'The licence has run out', durationMinutes: null };
      expect((await admin.api('POST', `/admin/users/${doctor.id}/ban`, ban)).status).toBe(201);
      for (const roomId of roomIds) {
        expect((await say(patient, roomId, 'Are you there?')).body.code).toBe('room-closed');
        expect((await patient.api('GET', `/rooms/${roomId}`)).body.members).toMatchObject([{ id: patient.id }]);
      }
    }
    await quiet.stop();
  });
});

describe('the removal of a record', () => {
  it('takes bytes, earlier versions and texts out of its rooms, as changes that each client hears of', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const upload = await patient.api('POST', `/rooms/${roomId}/attachments?name=a.png`, undefined, {
      raw: png(),
      headers: { 'content-type': 'image/png' },
    });
    await say(patient, roomId, 'It hurst');
    await say(patient, roomId, '', [upload.body.id]);
    await say(doctor, roomId, 'Rest it');
    await say(doctor, roomId, 'Oh');
    await patient.api('PATCH', `/rooms/${roomId}/messages/1`, { text: 'It hurts' });
    await doctor.api('DELETE', `/rooms/${roomId}/messages/4`);
    const stored = () => readdir(`${server.config.attachments.dir}/${roomId}`).catch(() => []);
    expect(await stored()).toHaveLength(1);
    await deleteAccount(admin, patient);
    await jobsAreDone(server.ctx);
    await server.ctx.db.execute(
      sql`UPDATE accounts SET deleted_at = now() - interval '11 years', created_at = now() - interval '30 years' WHERE id = ${patient.id}`,
    );
    const socket = await TestSocket.as(server, doctor);
    const known = (await socket.frames[0]) as { rooms: { roomId: string; changeSeq: number }[] };
    expect(known.rooms.find((room) => room.roomId === roomId)).toMatchObject({ changeSeq: 2 });
    await removeDueRecords(server.ctx);
    await jobsAreDone(server.ctx);
    expect(await socket.next('reset')).toEqual({ type: 'reset', roomId, headSeq: 4, reason: 'removed' });
    const { body } = await doctor.api('GET', `/rooms/${roomId}/changes?after=2`);
    const told = body.items.map(({ changeSeq, message }: { changeSeq: number; message: Record<string, unknown> }) => [
      changeSeq,
      message['seq'],
      message['text'],
      message['retractedAt'] !== null,
      message['attachments'],
    ]);
    expect(told).toEqual([1, 2, 3].map((n) => [2 + n, n, null, true, undefined]));
    expect(body.changeSeq).toBe(5);
    expect((await doctor.api('GET', `/rooms/${roomId}/messages/1/versions`)).body.items).toEqual([]);
    expect((await doctor.api('GET', `/rooms/${roomId}/attachments/${upload.body.id}`)).status).toBe(404);
    expect(await stored()).toEqual([]);
    for (const table of ['message_versions', 'attachments']) {
      const left = sql`SELECT 1 FROM ${sql.identifier(table)} WHERE room_id = ${roomId}`;
      expect((await server.ctx.chatDb.execute(left)).rows, table).toEqual([]);
    }
    const entries = await rowsOf(
      server.ctx,
      sql`SELECT details FROM audit_log WHERE action = 'messages.removed' AND subject_id = ${roomId}`,
    );
    expect(entries).toEqual([{ details: { count: 3 } }]);
    // Again there is nothing to do, nor to tell.
    expect(await removeMessages(server.ctx, { accountId: patient.id })).toBe(0);
    await socket.settled();
    expect(socket.frames.filter(({ type }) => type === 'reset')).toHaveLength(1);
    expect((await doctor.api('GET', `/rooms/${roomId}/changes?after=5`)).body).toEqual({ items: [], changeSeq: 5 });
    await socket.close();
  });

  it('numbers its changes densely over thousands of messages', async () => {
    const { roomId, patient } = await openRoom(server);
    await server.ctx.chatDb.execute(sql`
      INSERT INTO messages (room_id, seq, id, sender_id, client_id, text, retracted_at)
      SELECT ${roomId}::uuid, n, gen_random_uuid(), ${patient.id}::uuid, n::text,
        CASE WHEN n % 7 = 0 THEN NULL ELSE 'text' END, CASE WHEN n % 7 = 0 THEN now() END
      FROM generate_series(1, 2500) AS n`);
    await server.ctx.chatDb.execute(sql`UPDATE rooms SET last_seq = 2500, change_seq = 10 WHERE room_id = ${roomId}`);
    await deleteAccount(admin, patient);
    const removed = 2500 - Math.floor(2500 / 7);
    await eventually('the room is closed', async () => {
      const [room] = (await server.ctx.chatDb.execute(sql`SELECT status FROM rooms WHERE room_id = ${roomId}`)).rows;
      return room?.['status'] === 'closed';
    });
    expect(await removeMessages(server.ctx, { accountId: patient.id })).toBe(removed);
    const { rows } = await server.ctx.chatDb.execute(sql`
      SELECT count(DISTINCT change_seq)::int AS n, min(change_seq)::int AS low, max(change_seq)::int AS high,
        (SELECT change_seq::int FROM rooms WHERE room_id = ${roomId}) AS room
      FROM messages WHERE room_id = ${roomId} AND change_seq IS NOT NULL`);
    expect(rows).toEqual([{ n: removed, low: 11, high: removed + 10, room: removed + 10 }]);
  });
});
