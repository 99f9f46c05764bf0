import { afterAll, beforeAll, expect, it } from 'vitest';
import { webStorageOutbox } from '../../client/src/chat/web-storage.ts';
import { createClient, type OutboxEntry } from '../../client/src/index.ts';
import { addGateway, historyOf, openRoom } from '../src/modules/chat/test-support.ts';
import type { Person } from './factories.ts';
import { eventually, startTestServer, type TestServer } from './harness.ts';
import { jpeg } from './images.ts';

// The client of the project against the server itself, over real sockets.

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

function clientOf({ accessToken, refreshToken }: Person, ...urls: [string, ...string[]]) {
  return createClient({ baseUrl: urls, tokens: { accessToken, refreshToken } });
}

it('moves to another node when its own stops: nothing is lost, nothing comes twice, edits meanwhile are told', {
  timeout: 60_000,
}, async () => {
  const { roomId, patient, doctor } = await openRoom(server);
  const dying = await server.addNode({ roles: ['chat'] });
  const chat = clientOf(patient, dying.url, server.url).connectChat();
  const seen: number[] = [];
  chat.on('message', ({ seq }) => seen.push(seq));
  await chat.opened();
  const sent = Array.from({ length: 10 }, (_, index) => chat.send(roomId, `Before ${index}`));
  await sent[0];
  const edited = chat.next('edited', () => true, AbortSignal.timeout(30_000));
  const stopping = dying.stop();
  sent.push(...Array.from({ length: 10 }, (_, index) => chat.send(roomId, `While ${index}`)));
  await patient.api('PATCH', `/rooms/${roomId}/messages/1`, { text: 'Edited meanwhile' });
  await stopping;
  await Promise.all(sent);
  expect(await edited).toMatchObject({ roomId, seq: 1, text: 'Edited meanwhile' });
  const history = await historyOf(doctor, roomId);
  expect(history.map(({ text }) => text).sort()).toEqual(
    [
      'Edited meanwhile',
      ...Array.from({ length: 19 }, (_, index) => (index < 9 ? `Before ${index + 1}` : `While ${index - 9}`)),
    ].sort(),
  );
  await eventually('everything was delivered', () => seen.length >= 20);
  expect(seen).toEqual(history.map(({ seq }) => seq));
  chat.close();
});

it('sends after a reload what was written before it, with the same clientId, once', async () => {
  const { roomId, patient, doctor } = await openRoom(server);
  const items = new Map<string, string>();
  const storage = webStorageOutbox(
    {
      getItem: (name) => items.get(name) ?? null,
      setItem: (name, value) => void items.set(name, value),
      removeItem: (name) => void items.delete(name),
    },
    patient.id,
  );
  const entry: OutboxEntry = { clientId: 'written-before', roomId, text: 'Written before the reload.' };
  await storage.put(entry);
  for (let reload = 0; reload < 2; reload += 1) {
    const chat = clientOf(patient, server.url).connectChat({ storage });
    await chat.opened();
    await eventually('nothing is unsent', async () => (await storage.load()).length === 0);
    chat.close();
  }
  expect(await historyOf(doctor, roomId)).toMatchObject([{ clientId: 'written-before', seq: 1 }]);
});

it('uploads, sends, answers, downloads, and hears who is there; one’s own message is the one that the others have', async () => {
  const { roomId, patient, doctor } = await openRoom(server);
  const node = await addGateway(server);
  const [onPatient, onDoctor] = [clientOf(patient, server.url), clientOf(doctor, server.url)];
  const reading = onDoctor.connectChat();
  await reading.opened();
  const there = reading.next('presence', ({ online }) => online);
  const chat = onPatient.connectChat();
  await chat.opened();
  expect(await there).toMatchObject({ roomId, accountId: patient.id });
  const file = new Blob([new Uint8Array(jpeg().file)], { type: 'image/jpeg' });
  const attachment = await onPatient.uploadAttachment({ id: roomId, name: 'knee.jpg', file });
  const heard = reading.next('message', ({ seq }) => seq === 2);
  const own = [chat.next('message', ({ seq }) => seq === 1), chat.next('message', ({ seq }) => seq === 2)];
  await chat.send(roomId, 'Look at this.');
  await chat.send(roomId, '', { attachmentIds: [attachment.id], replyToSeq: 1 });
  expect(await heard).toMatchObject({ text: '', replyTo: 1, attachments: [attachment] });
  expect(await Promise.all(own)).toEqual((await historyOf(doctor, roomId)).toSorted((a, b) => a.seq - b.seq));
  const blob = await onDoctor.openAttachment({ id: roomId, attachmentId: attachment.id });
  expect([blob.type, blob.size]).toEqual(['image/jpeg', attachment.sizeBytes]);
  expect(
    Buffer.from(await blob.arrayBuffer())
      .subarray(0, 2)
      .toString('hex'),
  ).toBe('ffd8');
  const missing = onDoctor.openAttachment({ id: roomId, attachmentId: roomId });
  await expect(missing).rejects.toMatchObject({ code: 'not-found', status: 404 });
  chat.close();
  reading.close();
  await node.close();
});
