import { afterAll, beforeAll, expect, it } from 'vitest';
import { chatLayout, startTestServer, type TestServer } from '../../../test/harness.ts';
import { recordStatements } from '../../../test/statements.ts';
import { appendMessage } from './append-message.ts';
import { closeRoom, openRoom, release, TestSocket } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const byRoom = /\b(?:from|into|update|join)\s+"?(rooms|room_members|messages)\b/i;

/** Whether a statement finds its rows by room: that is what lets Citus send it to the one machine that has them. */
function namesTheRoom(text: string): boolean {
  if (!byRoom.test(text)) return true;
  const inserts = /^insert into "?\w+"? \("?room_id"?[^)]*\) values/i.test(text.trim());
  return inserts || /where[\s\S]*room_id"?\s*(?:=|in\b)/i.test(text);
}

it('every statement on rooms, members and messages names the room', async () => {
  expect(namesTheRoom('select text from messages where id = $1')).toBe(false);
  expect(namesTheRoom('update "rooms" set "status" = $1')).toBe(false);
  const recorded = recordStatements(server.urls.chat);
  try {
    const pair = await openRoom(server);
    const { roomId, patient, doctor } = pair;
    await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'one', text: 'One.' });
    const drafts = ['a', 'b', 'c'].map((clientId) => ({ roomId, senderId: doctor.id, clientId, text: 'Hello.' }));
    await Promise.all(drafts.map((draft) => appendMessage(server.ctx, draft)));
    const socket = await TestSocket.as(server, doctor);
    socket.send({ type: 'resume', rooms: [{ roomId, afterSeq: 0 }] });
    await socket.messages(roomId, 4);
    socket.send({ type: 'read', roomId, seq: 4 });
    await socket.next('read');
    await socket.say(roomId, 'Five.', 'same');
    await socket.say(roomId, 'Five.', 'same');
    for (const path of ['/rooms', `/rooms/${roomId}`, `/rooms/${roomId}/messages`, '/me/export']) {
      expect((await patient.api('GET', path)).status).toBe(200);
    }
    expect((await patient.api('DELETE', `/rooms/${roomId}/messages/1`)).status).toBe(204);
    await closeRoom(pair);
    await release(await openRoom(server));
    await socket.close();
  } finally {
    recorded.stop();
  }
  const statements = recorded.all().filter(({ text }) => byRoom.test(text));
  const names = new Set(statements.map(({ name }) => name));
  const writing = chatLayout() === 'citus' ? [] : ['chat_append_message', 'chat_append_seen', 'chat_append_group'];
  for (const name of [...writing, 'chat_message_range', 'chat_room_snapshots']) {
    expect(names).toContain(name);
  }
  expect(statements.filter(({ text }) => !namesTheRoom(text)).map(({ text }) => text)).toEqual([]);
});
