import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendMessage } from '../../src/modules/chat/append-message.ts';
import { checkDatabase } from '../../src/modules/chat/check-database.ts';
import { removeMessages } from '../../src/modules/chat/remove-messages.ts';
import { closeRoom, openRoom, release, TestSocket } from '../../src/modules/chat/test-support.ts';
import { databaseUrl, execute } from '../admin-connection.ts';
import { startTestServer, type TestServer } from '../harness.ts';
import { png } from '../images.ts';
import { readCitus } from './citus-databases.ts';

describe('the chat database on Citus', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const nameOf = (url: string) => new URL(url).pathname.slice(1);

  /** From the next connections on. */
  async function set(url: string, setting: string): Promise<void> {
    await execute(url, `ALTER DATABASE ${nameOf(url)} SET ${setting}`);
    const own = `datname = current_database() AND application_name = 'openward-chat'`;
    await execute(url, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE ${own}`);
  }

  it('no statement of a room asks more than one shard', async () => {
    // Then it fails instead.
    await set(server.urls.chat, `citus.multi_task_query_log_level = 'error'`);
    await expect(execute(server.urls.chat, 'SELECT text FROM messages')).rejects.toThrow(/multi-task query/);
    const pair = await openRoom(server);
    const { roomId, patient, doctor } = pair;
    const path = `/rooms/${roomId}`;
    const ok = async (method: string, more: string, body?: unknown) => {
      const reply = await patient.api(method, `${path}${more}`, body);
      expect(reply.status, `${method} ${more}: ${JSON.stringify(reply.body)}`).toBeLessThan(300);
      return reply.body;
    };
    await ok('POST', '/messages', { clientId: 'one', text: 'One.' });
    const twin = { roomId, senderId: doctor.id, clientId: 'twin', text: 'Hello.' };
    const drafts = ['a', 'b', 'c'].map((clientId) => ({ ...twin, clientId }));
    const written = await Promise.all([...drafts, twin, twin].map((draft) => appendMessage(server.ctx, draft)));
    expect(written.map(({ outcome }) => outcome)).toEqual(['written', 'written', 'written', 'written', 'duplicate']);
    const { body: uploaded } = await patient.api('POST', `${path}/attachments?name=knee.png`, undefined, {
      ...{ raw: png({ width: 3, height: 2 }), headers: { 'content-type': 'image/png' } },
    });
    await ok('POST', '/messages', { clientId: 'file', text: 'My knee', attachmentIds: [uploaded.id] });
    await ok('GET', `/attachments/${uploaded.id}`);
    const { body: ticket } = await doctor.api('POST', '/chat/tickets');
    const socket = await TestSocket.open(server.url, { ticket: ticket.ticket });
    socket.send({ type: 'resume', rooms: [{ roomId, afterSeq: 0 }] });
    await socket.messages(roomId, 6);
    socket.send({ type: 'read', roomId, seq: 6 });
    await socket.next('read');
    await socket.say(roomId, 'Seven.', 'same');
    await socket.say(roomId, 'Seven.', 'same');
    await ok('PATCH', '/messages/1', { text: 'Uno.' });
    await ok('GET', '/messages/1/versions');
    await ok('DELETE', '/messages/6');
    await ok('PUT', '/read', { seq: 7 });
    const since = new Date(Date.now() - 3_600_000).toISOString();
    for (const list of ['', '/messages', `/messages?since=${since}`, '/changes', '/search?q=uno'])
      await ok('GET', list);
    for (const list of ['/rooms', '/me/export']) expect((await patient.api('GET', list)).status).toBe(200);
    await closeRoom(pair);
    await socket.close();
    await release(await openRoom(server));
    expect(await removeMessages(server.ctx, { accountId: patient.id })).toBe(6);
  });

  it('a node does not start on a worker that confirms before it has written', async () => {
    const { workers } = await readCitus(server.urls.chat);
    const worker = databaseUrl(workers[0] ?? '', nameOf(server.urls.chat));
    await checkDatabase(server.ctx);
    await execute(worker, `ALTER DATABASE ${nameOf(worker)} SET synchronous_commit = off`);
    await set(server.urls.chat, 'citus.multi_task_query_log_level = off');
    await expect(checkDatabase(server.ctx)).rejects.toThrow(/^The worker .* has synchronous_commit off/);
    await execute(worker, `ALTER DATABASE ${nameOf(worker)} RESET synchronous_commit`);
  });
});
