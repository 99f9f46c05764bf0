import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { sessionsEnded } from '../../identity/index.ts';
import { addGateway, closeRoom, historyOf, openRoom, TestSocket } from '../test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Both people of a room on sockets that are live. */
async function openPair() {
  const pair = await openRoom(server);
  const [patient, doctor] = [await TestSocket.as(server, pair.patient), await TestSocket.as(server, pair.doctor)];
  await Promise.all([patient.settled(), doctor.settled()]);
  return { ...pair, onPatient: patient, onDoctor: doctor };
}

describe('ready', () => {
  it('comes first, with every room, its head and how far one has read', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    for (const clientId of ['a', 'b'])
      await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId, text: 'Hello.' });
    await patient.api('PUT', `/rooms/${roomId}/read`, { seq: 1 });
    const other = await openRoom(server, { patient });
    const socket = await TestSocket.as(server, patient);
    expect(socket.frames[0]).toMatchObject({ type: 'ready', accountId: patient.id });
    expect(socket.frames[0]).toHaveProperty(
      'rooms',
      expect.arrayContaining([
        { roomId, headSeq: 2, readSeq: 1 },
        { roomId: other.roomId, headSeq: 0, readSeq: 0 },
      ]),
    );
    await socket.close();
  });

  it('is followed by no message until the first frame, or for a second', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const quiet = await TestSocket.as(server, patient);
    const readyAtMs = performance.now();
    const speaking = await TestSocket.as(server, patient);
    for (const clientId of ['a', 'b'])
      await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId, text: 'Hello.' });
    expect(quiet.messagesSoFar(roomId)).toEqual([]);
    speaking.send({ type: 'typing', roomId });
    await speaking.messages(roomId, 2);
    expect((await quiet.messages(roomId, 2)).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(performance.now() - readyAtMs).toBeGreaterThan(900);
    await Promise.all([quiet.close(), speaking.close()]);
  });
});

describe('send', () => {
  it('is answered with ack once it is in the database, and the others get the message', async () => {
    const { roomId, patient, onPatient, onDoctor } = await openPair();
    const ack = await onPatient.say(roomId, 'It hurts here.', 'mine');
    const [stored] = await historyOf(patient, roomId);
    expect(ack).toEqual({
      type: 'ack',
      clientId: 'mine',
      roomId,
      seq: 1,
      id: stored?.id,
      sentAt: stored?.sentAt,
      duplicate: false,
    });
    const [message] = await onDoctor.messages(roomId, 1);
    expect(message).toEqual({ type: 'message', ...stored });
    await onPatient.settled();
    expect(onPatient.messagesSoFar(roomId)).toEqual([]);
  });

  it('reaches the sender’s other devices as a message', async () => {
    const { roomId, patient, onPatient } = await openPair();
    const tablet = await TestSocket.as(server, patient);
    await tablet.settled();
    await onPatient.say(roomId, 'From the phone.');
    await tablet.say(roomId, 'From the tablet.');
    expect(await tablet.messages(roomId, 1)).toMatchObject([{ seq: 1, text: 'From the phone.' }]);
    expect(await onPatient.messages(roomId, 1)).toMatchObject([{ seq: 2, text: 'From the tablet.' }]);
    await tablet.close();
  });

  it('over HTTP reaches all sockets, the sender’s too', async () => {
    const { roomId, patient, onPatient, onDoctor } = await openPair();
    await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'By HTTP.' });
    for (const socket of [onPatient, onDoctor]) {
      expect(await socket.messages(roomId, 1)).toMatchObject([{ seq: 1, clientId: 'a', text: 'By HTTP.' }]);
    }
  });

  it('keeps the order of one connection, and gives everybody the same', async () => {
    const { roomId, onPatient, onDoctor } = await openPair();
    const acks = [onPatient, onDoctor].flatMap((socket) =>
      Array.from({ length: 50 }, (_, index) => socket.say(roomId, `${index}`)),
    );
    const seqs = (await Promise.all(acks)).map(({ seq }) => seq);
    const [own, theirs] = [seqs.slice(0, 50), seqs.slice(50)];
    expect(own).toEqual(own.toSorted((a, b) => a - b));
    expect(theirs).toEqual(theirs.toSorted((a, b) => a - b));
    expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect((await onPatient.messages(roomId, 50)).map(({ seq }) => seq)).toEqual(theirs);
    expect((await onDoctor.messages(roomId, 50)).map(({ seq }) => seq)).toEqual(own);
  });

  it('again with the same clientId is the same message, on any connection; with another text an error', async () => {
    const { roomId, patient, onPatient, onDoctor } = await openPair();
    const first = await onPatient.say(roomId, 'Once.', 'mine');
    const again = await onPatient.say(roomId, 'Once.', 'mine');
    const tablet = await TestSocket.as(server, patient);
    const elsewhere = await tablet.say(roomId, 'Once.', 'mine');
    expect([again, elsewhere]).toEqual(Array.from({ length: 2 }, () => ({ ...first, duplicate: true })));
    onPatient.send({ type: 'send', clientId: 'mine', roomId, text: 'Twice.' });
    expect(await onPatient.next('error')).toMatchObject({ code: 'client-id-reused', clientId: 'mine' });
    await onDoctor.settled();
    expect(onDoctor.messagesSoFar(roomId)).toHaveLength(1);
    await tablet.close();
  });

  it('says why not, and the connection stays', async () => {
    const pair = await openPair();
    const { roomId, onPatient } = pair;
    const stranger = await openRoom(server);
    const cases: [object, object][] = [
      [{ roomId: stranger.roomId }, { code: 'not-found', clientId: 'c' }],
      [{ roomId: randomUUID() }, { code: 'not-found', clientId: 'c' }],
      [{ text: '  ' }, { code: 'invalid-frame', clientId: 'c' }],
      [{ roomId: 'x' }, { code: 'invalid-frame', clientId: 'c' }],
      [{ more: 1 }, { code: 'invalid-frame', clientId: 'c' }],
      [{ clientId: 'with space' }, { code: 'invalid-frame' }],
    ];
    for (const [more, expected] of cases) {
      onPatient.raw(JSON.stringify({ type: 'send', clientId: 'c', roomId, text: 'Hello.', ...more }));
      expect(await onPatient.next('error')).toMatchObject(expected);
    }
    const [first, second] = onPatient.frames.filter((frame) => frame.type === 'error' && frame.clientId === 'c');
    expect(first).toEqual(second);
    await closeRoom(pair);
    onPatient.send({ type: 'send', clientId: 'late', roomId, text: 'One more.' });
    expect(await onPatient.next('error')).toMatchObject({ code: 'room-closed', clientId: 'late' });
    expect(await historyOf(pair.patient, roomId)).toEqual([]);
  });
});

describe('read, typing, retracted', () => {
  it('read is stored and told to everyone in the room, once', async () => {
    const { roomId, patient, doctor, onPatient, onDoctor } = await openPair();
    await onPatient.say(roomId, 'One.');
    await onPatient.say(roomId, 'Two.');
    onDoctor.send({ type: 'read', roomId, seq: 2 });
    onDoctor.send({ type: 'read', roomId, seq: 1 });
    for (const socket of [onPatient, onDoctor]) {
      expect(await socket.next('read')).toEqual({ type: 'read', roomId, accountId: doctor.id, seq: 2 });
      await socket.settled();
      expect(socket.frames.filter(({ type }) => type === 'read')).toHaveLength(1);
    }
    expect((await doctor.api('GET', `/rooms/${roomId}`)).body).toMatchObject({ readSeq: 2, unread: 0 });
    onDoctor.send({ type: 'read', roomId, seq: 3 });
    expect(await onDoctor.next('error')).toMatchObject({ code: 'seq-out-of-range' });
    await patient.api('PUT', `/rooms/${roomId}/read`, { seq: 1 });
    expect(await onDoctor.next('read')).toMatchObject({ accountId: patient.id, seq: 1 });
  });

  it('typing is told to the others, not to oneself, and not again and again', async () => {
    const { roomId, patient, doctor, onPatient, onDoctor } = await openPair();
    const tablet = await TestSocket.as(server, patient);
    for (let times = 0; times < 5; times += 1) onPatient.send({ type: 'typing', roomId });
    expect(await onDoctor.next('typing')).toEqual({ type: 'typing', roomId, accountId: patient.id });
    for (const socket of [onPatient, onDoctor, tablet]) await socket.settled();
    expect(onDoctor.frames.filter(({ type }) => type === 'typing')).toHaveLength(1);
    expect([...onPatient.frames, ...tablet.frames].filter(({ type }) => type === 'typing')).toEqual([]);
    onDoctor.send({ type: 'typing', roomId });
    expect(await onPatient.next('typing')).toMatchObject({ accountId: doctor.id });
    await tablet.close();
  });

  it('a retraction is told to everyone, and its text is gone from what is resumed', async () => {
    const { roomId, patient, onPatient, onDoctor } = await openPair();
    await onPatient.say(roomId, 'Wrong person.');
    await onDoctor.messages(roomId, 1);
    await patient.api('DELETE', `/rooms/${roomId}/messages/1`);
    for (const socket of [onPatient, onDoctor]) {
      expect(await socket.next('retracted')).toEqual({ type: 'retracted', roomId, seq: 1, changeSeq: 1 });
    }
    onDoctor.send({ type: 'resume', rooms: [{ roomId, afterSeq: 0 }] });
    expect((await onDoctor.messages(roomId, 2))[1]).toMatchObject({
      seq: 1,
      text: null,
      retractedAt: expect.any(String),
    });
  });

  it('are not found in rooms of others', async () => {
    const { onPatient } = await openPair();
    const { roomId } = await openRoom(server);
    for (const frame of [
      { type: 'read', roomId, seq: 0 },
      { type: 'typing', roomId },
    ] as const) {
      onPatient.send(frame);
      expect(await onPatient.next('error')).toMatchObject({ code: 'not-found' });
    }
  });
});

describe('refresh', () => {
  it('takes another token of the same account, and no other', async () => {
    const { patient, doctor, onPatient } = await openPair();
    const again = await server.people.logIn(patient);
    onPatient.send({ type: 'refresh', accessToken: again.accessToken });
    const { expiresAt } = await onPatient.next('refreshed');
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 14 * 60_000);
    for (const accessToken of ['nonsense', doctor.accessToken, patient.refreshToken]) {
      onPatient.send({ type: 'refresh', accessToken });
      expect(await onPatient.next('error')).toMatchObject({ code: 'invalid-token' });
    }
    // From now on the socket lives with the new session.
    await patient.api('POST', '/auth/logout');
    await onPatient.settled();
    await again.api('POST', '/auth/logout');
    expect(await onPatient.closed).toMatchObject({ code: 4403 });
  });

  it('keeps a socket whose session is being looked at meanwhile, a hundred times', async () => {
    const gateway = await addGateway(server, { frameBurst: 200 });
    const patient = await server.people.patient();
    const again = await server.people.logIn(patient);
    const socket = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    const lookAgainAndAgain = async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        server.ctx.bus.publish(sessionsEnded, { accountId: patient.id });
        await setImmediate();
      }
    };
    // A look that asked with the session from before has its answer after the change to the other.
    for (let trial = 0; trial < 100; trial += 1) {
      const { accessToken } = trial % 2 === 0 ? again : patient;
      socket.send({ type: 'refresh', accessToken });
      await Promise.all([socket.next('refreshed'), lookAgainAndAgain()]);
    }
    await socket.settled();
    await socket.close();
    await gateway.close();
  });

  it('is needed before the token runs out: then the socket closes with 4401', async () => {
    let nowMs = Date.now();
    const gateway = await addGateway(server, {}, { clock: { now: () => new Date(nowMs) } });
    const patient = await server.people.patient();
    const [refreshed, forgotten] = [
      await TestSocket.open(gateway.url, { bearer: patient.accessToken }),
      await TestSocket.open(gateway.url, { bearer: patient.accessToken }),
    ];
    const minted = await server.ctx.tokens.mintAccess({
      sub: patient.id,
      sid: patient.sessionId,
      role: 'patient',
      issuedAt: new Date(Date.now() + 3000),
    });
    refreshed.send({ type: 'refresh', accessToken: minted.token });
    const { expiresAt } = await refreshed.next('refreshed');
    nowMs = Date.parse(expiresAt) - 1000;
    expect(await forgotten.closed).toMatchObject({ code: 4401 });
    await refreshed.settled();
    nowMs = Date.parse(expiresAt);
    expect(await refreshed.closed).toMatchObject({ code: 4401 });
    await gateway.close();
  });
});

describe('position', () => {
  it('tells each heartbeat how far every room is', async () => {
    const gateway = await addGateway(server, { heartbeatMs: 100 });
    const { roomId, patient, doctor } = await openRoom(server);
    const socket = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    expect(await socket.next('position')).toEqual({ type: 'position', roomId, headSeq: 0 });
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Hello.' });
    expect(await socket.next('position', ({ headSeq }) => headSeq === 1)).toMatchObject({ roomId });
    await socket.close();
    await gateway.close();
  });
});
