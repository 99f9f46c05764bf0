import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { createApi } from '../../../test/http.ts';
import { recordStatements } from '../../../test/statements.ts';
import type { Bus, News } from '../../platform/bus/bus.ts';
import { type KeyRing, openKeyRing } from '../../platform/crypto/key-ring.ts';
import { seal } from '../../platform/crypto/seal.ts';
import type { RunningNode } from '../../start-node.ts';
import { announceMessage } from './announce-message.ts';
import { appendMessage } from './append-message.ts';
import { openCarried, sealCarried } from './carried-messages.ts';
import { closeRoom, openRoom, type Pair, TestSocket } from './test-support.ts';
import { type AppendedNews, messagesAppended } from './topics.ts';

let server: TestServer;
let other: RunningNode;
let stranger: KeyRing;
let dir: string;
beforeAll(async () => {
  server = await startTestServer();
  other = await server.addNode({ roles: ['api', 'chat'] });
  dir = await mkdtemp(join(tmpdir(), 'openward-keys-'));
  stranger = await openKeyRing({ dir, createIfMissing: true, strict: false });
  await eventually('the nodes know of each other', () => server.ctx.bus.hasOthers && other.ctx.bus.hasOthers);
});
afterAll(async () => {
  stranger.close();
  await rm(dir, { recursive: true, force: true });
  await server.stop();
});

/** A room whose patient is at one node and whose doctor is at the other. */
async function acrossNodes(): Promise<Pair & { onPatient: TestSocket; onDoctor: TestSocket; end(): Promise<void> }> {
  const pair = await openRoom(server);
  const onPatient = await TestSocket.as(server, pair.patient);
  const onDoctor = await TestSocket.as(other, pair.doctor);
  await Promise.all([onPatient.settled(), onDoctor.settled()]);
  return {
    ...pair,
    onPatient,
    onDoctor,
    end: async () => void (await Promise.all([onPatient.close(), onDoctor.close()])),
  };
}

/** How often the database was asked for messages meanwhile. */
async function readingsDuring(work: () => Promise<unknown>): Promise<number> {
  const recorded = recordStatements(server.urls.chat);
  try {
    await work();
    return recorded.names().filter((name) => name === 'chat_message_range').length;
  } finally {
    recorded.stop();
  }
}

describe('a message that was written at another node', () => {
  it('comes without being read, by socket or by HTTP, whatever it says', async () => {
    const { roomId, patient, onPatient, onDoctor, end } = await acrossNodes();
    const readings = await readingsDuring(async () => {
      for (const text of ['Good morning.', 'Ça va ? 🙂 "yes"\\', 'x'.repeat(4000)]) await onPatient.say(roomId, text);
      const { status } = await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'http', text: 'By HTTP.' });
      expect(status).toBe(201);
      await onDoctor.messages(roomId, 4);
    });
    const { body } = await patient.api('GET', `/rooms/${roomId}/messages?after=0`);
    const shown = onDoctor.messagesSoFar(roomId).map(({ type: _, ...message }) => message);
    expect(shown).toEqual(body.items);
    expect(readings).toBe(0);
    await end();
  });

  it('is read where an event cannot hold it, and all come in their order', async () => {
    const { roomId, onPatient, onDoctor, end } = await acrossNodes();
    const texts = ['One.', 'é'.repeat(8000), 'Three.'];
    const readings = await readingsDuring(async () => {
      for (const text of texts) await onPatient.say(roomId, text);
      await onDoctor.messages(roomId, 3);
    });
    expect(onDoctor.messagesSoFar(roomId).map(({ text }) => text)).toEqual(texts);
    expect(readings).toBe(1);
    await end();
  });

  it('comes once and in order when both write at once, a hundred times', async () => {
    const { roomId, onPatient, onDoctor, end } = await acrossNodes();
    for (let turn = 0; turn < 100; turn += 1)
      await Promise.all([onPatient.say(roomId, `p${turn}`), onDoctor.say(roomId, `d${turn}`)]);
    const [atDoctor, atPatient] = await Promise.all([onDoctor.messages(roomId, 100), onPatient.messages(roomId, 100)]);
    expect(atDoctor.map(({ text }) => text)).toEqual(Array.from({ length: 100 }, (_, turn) => `p${turn}`));
    expect(atPatient.map(({ text }) => text)).toEqual(Array.from({ length: 100 }, (_, turn) => `d${turn}`));
    await end();
  });

  it('is read when what came along was made up, altered, cut, or too long on its way', async () => {
    const { roomId, patient, onDoctor, end } = await acrossNodes();
    const keys = server.ctx.keys.encryption;
    const lie = (seq: number, sentAt = new Date()) => {
      const ids = { roomId, seq, id: roomId, clientId: 'lie', senderId: patient.id };
      const message = { ...ids, text: 'A lie.', sentAt: sentAt.toISOString(), retractedAt: null };
      return JSON.stringify({ message, version: 0, changeSeq: 0 });
    };
    const elsewhere = { purpose: 'another', place: 'chat.messages-appended' };
    const ways: ((seq: number) => unknown)[] = [
      () => 17,
      () => 'nonsense',
      () => `${keys.current.kid}.`,
      (seq) => `${keys.current.kid}.${Buffer.from(`[${lie(seq)}]`).toString('base64url')}`,
      (seq) => sealCarried(stranger.encryption, [lie(seq)]),
      (seq) => sealCarried(keys, [lie(seq)]).replace(/.{4}$/, 'AAAA'),
      (seq) => sealCarried(keys, [lie(seq)]).slice(0, -8),
      (seq) =>
        `${keys.current.kid}.${seal(keys.current, elsewhere, Buffer.from(`[${lie(seq)}]`)).toString('base64url')}`,
      (seq) => sealCarried(keys, [lie(seq, new Date(Date.now() - 60_000))]),
    ];
    const readings = await readingsDuring(async () => {
      for (const way of ways) {
        // Written without a word to anybody.
        const draft = { roomId, senderId: patient.id, clientId: randomUUID(), text: 'The truth.' };
        const written = await appendMessage(server.ctx, draft);
        if (written.outcome !== 'written') throw new Error(written.outcome);
        const { message, roomVersion: version } = written;
        const news = { rooms: [{ roomId, seq: message.seq, version }], sealed: way(message.seq) };
        server.ctx.bus.publish(messagesAppended, news as AppendedNews);
        await onDoctor.messages(roomId, message.seq);
      }
    });
    expect(onDoctor.messagesSoFar(roomId).map(({ text }) => text)).toEqual(ways.map(() => 'The truth.'));
    // By either node: the patient has a socket at the other.
    expect(readings).toBe(2 * ways.length);
    await end();
  });

  it('is shown to nobody who is not in its room', async () => {
    const { roomId, onPatient, onDoctor, end } = await acrossNodes();
    const elsewhere = await openRoom(server);
    const onlooker = await TestSocket.as(other, elsewhere.doctor);
    await onPatient.say(roomId, 'For the doctor.');
    await onDoctor.messages(roomId, 1);
    await onlooker.settled();
    expect(onlooker.messagesSoFar(roomId)).toEqual([]);
    await onlooker.close();
    await end();
  });

  it('ends as it was changed at the node that its news had not reached yet', async () => {
    const { roomId, patient, onPatient, onDoctor, end } = await acrossNodes();
    const atOther = createApi(other.url, { authorization: `Bearer ${patient.accessToken}` });
    for (let turn = 0; turn < 20; turn += 1) {
      const { seq } = await onPatient.say(roomId, 'Before.');
      const path = `/rooms/${roomId}/messages/${seq}`;
      const edits = turn % 2 === 0;
      await (edits ? atOther('PATCH', path, { text: 'After.' }) : atOther('DELETE', path));
      await onDoctor.messages(roomId, turn + 1);
      await eventually('the doctor sees the change', () => textAt(onDoctor, seq) === (edits ? 'After.' : null));
      await onDoctor.settled();
      expect(textAt(onDoctor, seq)).toBe(edits ? 'After.' : null);
    }
    await end();
  });
});

/** What a client shows for a message after all that it was told. */
function textAt({ frames }: TestSocket, seq: number): string | null | undefined {
  let text: string | null | undefined;
  for (const frame of frames) {
    if (!('seq' in frame) || frame.seq !== seq) continue;
    if (frame.type === 'message' || frame.type === 'edited') text = frame.text;
    if (frame.type === 'retracted') text = null;
  }
  return text;
}

it('those of several turns go to the other nodes in one event, while this one hears of each in its own', async () => {
  const { bus, keys, origin } = server.ctx;
  const here: AppendedNews[] = [];
  const gathers: (() => readonly News<AppendedNews>[])[] = [];
  const slow: Bus = Object.create(bus, {
    hasOthers: { value: true },
    tellHere: { value: (_: unknown, news: AppendedNews) => here.push(news) },
    tellOthers: { value: (_: unknown, gather: () => readonly News<AppendedNews>[]) => gathers.push(gather) },
  });
  const roomId = randomUUID();
  const announce = async (seq: number) => {
    const ids = { roomId, seq, id: randomUUID(), clientId: `c${seq}`, senderId: randomUUID() };
    const message = { ...ids, text: `m${seq}`, sentAt: new Date().toISOString(), retractedAt: null };
    announceMessage({ bus: slow, keys, origin }, { roomId, seq, version: 1 }, { message, version: 1, changeSeq: 0 });
    await eventually('this node hears', () => here.length === seq);
  };
  const opened = () => {
    const events = gathers.splice(0).flatMap((gather) => gather().map(({ payload }) => payload));
    return events.map(({ rooms, sealed }) => ({
      rooms,
      texts: openCarried(keys.encryption, sealed).map(({ message }) => message.text),
    }));
  };
  for (const seq of [1, 2, 3]) await announce(seq);
  expect(opened()).toEqual([{ rooms: [{ roomId, seq: 3, version: 1 }], texts: ['m1', 'm2', 'm3'] }]);
  await announce(4);
  expect(opened()).toEqual([{ rooms: [{ roomId, seq: 4, version: 1 }], texts: ['m4'] }]);
});

it('what is sealed says nothing to who has not the keys', () => {
  const keys = server.ctx.keys.encryption;
  const json = JSON.stringify({ message: { text: 'A swollen knee.' }, version: 1, changeSeq: 0 });
  const sealed = sealCarried(keys, [json, json]);
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('knee');
  expect(openCarried(keys, sealed)).toEqual([JSON.parse(json), JSON.parse(json)]);
  expect(openCarried(stranger.encryption, sealed)).toEqual([]);
});

it('a node that was alone told nobody, and all reaches a socket of a node that starts meanwhile', async () => {
  const alone = await startTestServer();
  try {
    const pair = await openRoom(alone);
    await eventually('nobody else is there', () => !alone.ctx.bus.needsTelling(), 20_000);
    let [written, going] = [0, true];
    const write = async () => {
      while (going) {
        const message = { clientId: `m${written}`, text: `Message ${written}.` };
        expect((await pair.patient.api('POST', `/rooms/${pair.roomId}/messages`, message)).status).toBe(201);
        written += 1;
      }
    };
    const writing = write();
    const onDoctor = await TestSocket.as(await alone.addNode({ roles: ['api', 'chat'] }), pair.doctor);
    await onDoctor.settled();
    const before = written;
    await eventually('more is written', () => written > before + 5);
    going = false;
    await writing;
    await onDoctor.next('message', ({ seq }) => seq === written);
    const seqs = onDoctor.messagesSoFar(pair.roomId).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, place) => written - seqs.length + 1 + place));
    expect(seqs.length).toBeGreaterThan(5);
  } finally {
    await alone.stop();
  }
});

it('a node that is alone sends no text along', async () => {
  const alone = await startTestServer();
  try {
    const pair = await openRoom(alone);
    const heard: AppendedNews[] = [];
    alone.ctx.bus.subscribe(messagesAppended, (news) => heard.push(news));
    await pair.patient.api('POST', `/rooms/${pair.roomId}/messages`, { clientId: 'a', text: 'Alone.' });
    await eventually('the news', () => heard.length > 0);
    expect([alone.ctx.bus.hasOthers, heard]).toEqual([
      false,
      [{ rooms: [expect.objectContaining({ seq: 1 })], atMs: expect.any(Number) }],
    ]);
    await closeRoom(pair);
  } finally {
    await alone.stop();
  }
});
