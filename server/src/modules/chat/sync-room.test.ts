import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { withParts } from '../../../test/with-parts.ts';
import { careRequests } from '../care/tables.ts';
import { syncRoom } from './sync-room.ts';
import { accountRooms, roomMembers, rooms } from './tables.ts';
import { acceptAs, closeRoom, historyOf, openRoom, release, submitTo } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function roomOf(id: string) {
  const [room] = await server.ctx.chatDb.select().from(rooms).where(eq(rooms.roomId, id));
  const members = await server.ctx.chatDb.select().from(roomMembers).where(eq(roomMembers.roomId, id));
  const listed = await server.ctx.chatDb.select().from(accountRooms).where(eq(accountRooms.roomId, id));
  return {
    room,
    present: members.filter(({ leftAt }) => leftAt === null).map(({ accountId }) => accountId),
    left: members.filter(({ leftAt }) => leftAt !== null).map(({ accountId }) => accountId),
    listed: listed.filter(({ leftAt }) => leftAt === null).map(({ accountId }) => accountId),
  };
}

describe('the room of a request', () => {
  it('opens within 2 s of the accept, and the request names it from then on', async () => {
    const patient = await server.people.patient();
    const doctor = await server.people.doctor();
    const id = await submitTo(patient, doctor);
    expect((await patient.api('GET', `/rooms/${id}`)).status).toBe(404);
    expect((await patient.api('GET', `/requests/${id}`)).body.roomId).toBeNull();
    await doctor.api('POST', `/requests/${id}/accept`);
    await eventually(
      'the room is there',
      async () => (await patient.api('GET', `/requests/${id}`)).body.roomId === id,
      2000,
    );
    expect((await patient.api('GET', `/rooms/${id}`)).body).toMatchObject({ status: 'open' });
  });

  it('loses the doctor on release, stays readable to the patient, and opens to the next with its history', async () => {
    const pair = await openRoom(server);
    const { roomId, patient, doctor } = pair;
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'I have to hand you over.' });
    await release(pair);
    expect(await roomOf(roomId)).toMatchObject({
      room: { status: 'closed' },
      present: [patient.id],
      left: [doctor.id],
      listed: [patient.id],
    });
    expect((await patient.api('GET', `/rooms/${roomId}`)).body).toMatchObject({
      status: 'closed',
      members: [{ id: patient.id }],
    });
    expect(await historyOf(patient, roomId)).toHaveLength(1);
    expect((await doctor.api('GET', '/rooms')).body.items).toEqual([]);

    const next = await server.people.doctor();
    await acceptAs(next, roomId);
    expect(await historyOf(next, roomId)).toMatchObject([{ text: 'I have to hand you over.', senderId: doctor.id }]);
    const sent = await next.api('POST', `/rooms/${roomId}/messages`, { clientId: 'b', text: 'I am here now.' });
    expect([sent.status, sent.body.seq]).toEqual([201, 2]);
    expect((await doctor.api('GET', `/rooms/${roomId}`)).status).toBe(404);
    expect((await patient.api('GET', `/rooms/${roomId}`)).body.members).toMatchObject([
      { id: patient.id },
      { id: next.id },
    ]);
  });

  it('takes back a doctor who was there before, who keeps how far they had read', async () => {
    const pair = await openRoom(server);
    const { roomId, patient, doctor } = pair;
    await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'One.' });
    await doctor.api('PUT', `/rooms/${roomId}/read`, { seq: 1 });
    await release(pair);
    await acceptAs(doctor, roomId);
    expect(await roomOf(roomId)).toMatchObject({ present: expect.arrayContaining([patient.id, doctor.id]), left: [] });
    expect((await doctor.api('GET', `/rooms/${roomId}`)).body).toMatchObject({ readSeq: 1 });
    const [member] = await server.ctx.chatDb.select().from(roomMembers).where(eq(roomMembers.accountId, doctor.id));
    expect(member?.joinedSeq).toBe(1);
  });

  it('closes with the request, and everybody stays in it', async () => {
    const pair = await openRoom(server);
    await closeRoom(pair);
    expect(await roomOf(pair.roomId)).toMatchObject({
      room: { status: 'closed' },
      present: expect.arrayContaining([pair.patient.id, pair.doctor.id]),
      left: [],
    });
  });
});

describe('the job', () => {
  it('may run any number of times, at once too', async () => {
    const { roomId } = await openRoom(server);
    const before = await roomOf(roomId);
    await Promise.all(Array.from({ length: 10 }, () => syncRoom(server.ctx, { requestId: roomId })));
    expect(await roomOf(roomId)).toEqual(before);
  });

  it('never lets an older state of the request overwrite a newer one', async () => {
    const { roomId } = await openRoom(server);
    await server.ctx.chatDb.update(rooms).set({ requestVersion: 1000 }).where(eq(rooms.roomId, roomId));
    const before = await roomOf(roomId);
    await server.ctx.db
      .update(careRequests)
      .set({ status: 'submitted', doctorId: null, acceptedAt: null, openToSpecialty: true })
      .where(eq(careRequests.id, roomId));
    await syncRoom(server.ctx, { requestId: roomId });
    expect(await roomOf(roomId)).toEqual(before);
  });

  it('closes a room that it opens while the request is handed back, when there was none to close yet', async () => {
    const quiet = await startTestServer({ roles: ['api', 'chat'] });
    const [patient, doctor] = await Promise.all([quiet.people.patient(), quiet.people.doctor()]);
    const roomId = await submitTo(patient, doctor);
    await doctor.api('POST', `/requests/${roomId}/accept`);
    const released: number[] = [];
    const late = withParts(quiet.ctx, {
      chatTx: async (work) => {
        const { status } = await doctor.api('POST', `/requests/${roomId}/release`, { reason: 'Away' });
        released.push(status);
        // The job of the release: it finds no room.
        if (status === 200) await syncRoom(quiet.ctx, { requestId: roomId });
        return quiet.ctx.chatTx(work);
      },
    });
    await syncRoom(late, { requestId: roomId });
    expect(released[0]).toBe(200);
    expect((await patient.api('GET', `/rooms/${roomId}`)).body).toMatchObject({
      status: 'closed',
      members: [{ id: patient.id }],
    });
    expect((await doctor.api('GET', `/rooms/${roomId}`)).status).toBe(404);
    await quiet.stop();
  });

  it('makes no room for a request that nobody has taken, nor for none', async () => {
    const id = await submitTo(await server.people.patient(), await server.people.doctor());
    for (const requestId of [id, randomUUID()]) {
      await syncRoom(server.ctx, { requestId });
      expect((await roomOf(requestId)).room).toBeUndefined();
    }
  });
});
