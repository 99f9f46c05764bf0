import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseProxy, startBehindProxy } from '../../../../test/database-proxy.ts';
import { chatLayout, eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { createApi } from '../../../../test/http.ts';
import type { RunningNode } from '../../../start-node.ts';
import { acceptAs, addGateway, historyOf, openRoom, submitTo, TestSocket } from '../test-support.ts';

let server: TestServer;
let proxy: DatabaseProxy;
let node: RunningNode;
beforeAll(async () => {
  server = await startTestServer();
  ({ node, proxy } = await startBehindProxy(server));
});
afterAll(async () => {
  await node.stop();
  await proxy.stop();
  await server.stop();
});

describe('with the chat database away', () => {
  it('sends fail cleanly, sockets stay, and everything heals by itself', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken });
    await socket.say(roomId, 'Before.');
    proxy.cut();
    socket.send({ type: 'send', clientId: 'meanwhile', roomId, text: 'Meanwhile.' });
    expect(await socket.next('error')).toMatchObject({ code: 'unavailable', clientId: 'meanwhile' });
    const api = createApi(node.url, { authorization: `Bearer ${patient.accessToken}` });
    const http = await api('POST', `/rooms/${roomId}/messages`, { clientId: 'http', text: 'Meanwhile.' });
    expect([http.status, http.body.code, http.headers.get('retry-after')]).toEqual([503, 'unavailable', '2']);
    // Written elsewhere: this node hears of it and cannot read it.
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'From another node.' });
    const late = await TestSocket.open(node.url, { bearer: patient.accessToken }).catch((error: Error) => error);
    expect(late).toBeInstanceOf(Error);

    proxy.heal();
    expect(await socket.messages(roomId, 1)).toMatchObject([{ seq: 2, text: 'From another node.' }]);
    expect(await socket.say(roomId, 'Meanwhile.', 'meanwhile')).toMatchObject({ seq: 3, duplicate: false });
    expect((await historyOf(doctor, roomId)).map(({ text }) => text)).toEqual([
      'Before.',
      'From another node.',
      'Meanwhile.',
    ]);
    await socket.close();
  });

  it('what is written elsewhere meanwhile comes as soon as it is back, though nobody asks', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken });
    await socket.settled();
    proxy.cut();
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'From another node.' });
    await proxy.refusedOne();
    proxy.heal();
    expect(await socket.messages(roomId, 1, 5000)).toMatchObject([{ seq: 1 }]);
    await socket.close();
  });

  it('a socket that opens is told to come back', async () => {
    const patient = await server.people.patient();
    proxy.cut();
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken }, { untilReady: false });
    expect(await socket.next('closing')).toMatchObject({ reason: 'unavailable', retryAfterMs: expect.any(Number) });
    expect(await socket.closed).toMatchObject({ code: 1012 });
    proxy.heal();
    await eventually('the database is back', async () => {
      const again = await TestSocket.open(node.url, { bearer: patient.accessToken }, { untilReady: false });
      const first = await Promise.race([again.next('ready'), again.next('closing')]);
      await again.close();
      return first.type === 'ready';
    });
  });
});

// On Citus a commit is a statement of its own, which others send too: there the fault `answers-lost` shows it.
describe.skipIf(chatLayout() === 'citus')('a commit whose answer is lost', () => {
  it('is an error and no ack; sent again it is the same message, which comes once', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken });
    const other = await TestSocket.as(server, doctor);
    await Promise.all([socket.settled(), other.settled()]);
    for (let trial = 1; trial <= 5; trial += 1) {
      const clientId = `doubtful-${trial}`;
      proxy.loseAnswerTo('chat_append_seen');
      socket.send({ type: 'send', clientId, roomId, text: 'Did it get through?' });
      expect(await socket.next('error')).toMatchObject({ code: 'unavailable', clientId });
      expect(await socket.say(roomId, 'Did it get through?', clientId)).toMatchObject({ seq: trial, duplicate: true });
    }
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Yes.' });
    expect((await other.messages(roomId, 6)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    // Of its own it may have heard as of others' before it asked again.
    await socket.next('message', ({ seq }) => seq === 6);
    expect((await historyOf(doctor, roomId)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    await Promise.all([socket.close(), other.close()]);
  });

  it('comes to everyone soon, although nobody sends it again', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken });
    const other = await TestSocket.as(server, doctor);
    await Promise.all([socket.settled(), other.settled()]);
    proxy.loseAnswerTo('chat_append_seen');
    socket.send({ type: 'send', clientId: 'lost', roomId, text: 'Did it get through?' });
    await socket.next('error');
    for (const one of [socket, other])
      expect(await one.messages(roomId, 1, 5000)).toMatchObject([{ seq: 1, clientId: 'lost' }]);
    await Promise.all([socket.close(), other.close()]);
  });

  it('so does one over HTTP', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const socket = await TestSocket.open(node.url, { bearer: doctor.accessToken });
    await socket.settled();
    proxy.loseAnswerTo('chat_append_message');
    const api = createApi(node.url, { authorization: `Bearer ${patient.accessToken}` });
    const { status } = await api('POST', `/rooms/${roomId}/messages`, { clientId: 'lost', text: 'Anybody there?' });
    expect(status).toBe(503);
    expect(await socket.messages(roomId, 1, 10_000)).toMatchObject([{ seq: 1, clientId: 'lost' }]);
    await socket.close();
  });
});

it('a room that a socket lets go of while its rooms are read is not said to be resumed', async () => {
  const doctor = await server.people.doctor();
  const [first, second] = [await openRoom(server, { doctor }), await openRoom(server, { doctor })];
  await first.patient.api('POST', `/rooms/${first.roomId}/messages`, { clientId: 'a', text: 'Missed.' });
  const third = await submitTo(await server.people.patient(), doctor);
  const gateway = await addGateway({ ...server, ctx: node.ctx }, { roomsPerSocket: 2 });
  const socket = await TestSocket.open(gateway.url, { bearer: doctor.accessToken });
  const held = proxy.holdAnswerTo('chat_room_snapshots', async () => {
    await acceptAs(doctor, third);
    await socket.next('reset', ({ roomId }) => roomId === first.roomId);
  });
  const rooms = [
    { roomId: first.roomId, afterSeq: 0 },
    { roomId: second.roomId, afterSeq: 99 },
  ];
  socket.send({ type: 'resume', rooms });
  await held;
  await socket.settled();
  const ofFirst = socket.frames.filter((frame) => 'roomId' in frame && frame.roomId === first.roomId);
  expect(ofFirst.map(({ type }) => type)).toEqual(['reset']);
  await socket.close();
  await gateway.close();
});
