import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseProxy, startBehindProxy } from '../../../../test/database-proxy.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import type { RunningNode } from '../../../start-node.ts';
import { acceptAs, openRoom, submitTo, TestSocket } from '../test-support.ts';
import { messagesAppended } from '../topics.ts';

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

/** Resolves when the node has heard of a message in the room. */
function newsOf(roomId: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = node.ctx.bus.subscribe(messagesAppended, ({ rooms }) => {
      if (rooms.every((room) => room.roomId !== roomId)) return;
      stop();
      resolve();
    });
  });
}

// What happens between a reading and its answer is what a stream loses when it reads before it listens.

describe('a message that is written', () => {
  it('while a socket loads its rooms comes after ready', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const heard = newsOf(roomId);
    const held = proxy.holdAnswerTo('chat_room_snapshots', async () => {
      await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'In between.' });
      await heard;
    });
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken });
    await held;
    expect(socket.frames[0]).toMatchObject({ type: 'ready', rooms: [{ roomId, headSeq: 0 }] });
    expect(await socket.messages(roomId, 1)).toMatchObject([{ seq: 1, text: 'In between.' }]);
    await socket.close();
  });

  it('while a socket joins a room comes after it', async () => {
    const [patient, doctor] = [await server.people.patient(), await server.people.doctor()];
    const socket = await TestSocket.open(node.url, { bearer: patient.accessToken });
    await socket.settled();
    const roomId = await submitTo(patient, doctor);
    const heard = newsOf(roomId);
    const held = proxy.holdAnswerTo('chat_room_snapshots', async () => {
      await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'In between.' });
      await heard;
    });
    await acceptAs(doctor, roomId);
    await held;
    expect(await socket.next('room')).toMatchObject({ roomId, status: 'open' });
    expect(await socket.messages(roomId, 1)).toMatchObject([{ seq: 1, text: 'In between.' }]);
    await socket.close();
  });
});
