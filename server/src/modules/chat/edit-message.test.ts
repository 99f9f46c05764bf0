import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../../test/database.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { inTwenties } from '../../../test/in-twenties.ts';
import { addGateway, closeRoom, deafBus, historyOf, openRoom, type Pair, release, TestSocket } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function openWith(...texts: string[]): Promise<Pair> {
  const pair = await openRoom(server);
  for (const text of texts) await say(pair, text);
  return pair;
}

function say({ roomId, patient }: Pair, text: string, clientId: string = crypto.randomUUID()) {
  return patient.api('POST', `/rooms/${roomId}/messages`, { clientId, text });
}

async function edit({ roomId, patient }: Pair, text: string, seq = 1) {
  const { status, body } = await patient.api('PATCH', `/rooms/${roomId}/messages/${seq}`, { text });
  return status === 200 ? body : [status, body.code];
}

async function versionsOf({ roomId, doctor }: Pair, seq = 1): Promise<string[]> {
  const { body } = await doctor.api('GET', `/rooms/${roomId}/messages/${seq}/versions`);
  return body.items.map(({ text }: { text: string }) => text);
}

async function changesOf({ roomId, doctor }: Pair, after: number, limit = 100) {
  return (await doctor.api('GET', `/rooms/${roomId}/changes?after=${after}&limit=${limit}`)).body;
}

/** As if it had been sent long ago, by the database's clock. */
async function age({ roomId }: Pair, minutes: number): Promise<void> {
  await server.ctx.chatDb.execute(
    sql`UPDATE messages SET sent_at = now() - make_interval(mins => ${minutes}) WHERE room_id = ${roomId}`,
  );
}

describe('PATCH /rooms/{id}/messages/{seq}', () => {
  it('gives the message another text in its place, and keeps what it said before', async () => {
    const pair = await openWith('Take two.', 'Good night.');
    const [before] = await historyOf(pair.doctor, pair.roomId);
    const edited = await edit(pair, 'Take one.');
    expect(edited).toEqual({ ...before, text: 'Take one.', editedAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    await edit(pair, 'Take half of one.');
    expect((await historyOf(pair.doctor, pair.roomId)).map(({ text }) => text)).toEqual([
      'Take half of one.',
      'Good night.',
    ]);
    expect(await versionsOf(pair)).toEqual(['Take two.', 'Take one.']);
    expect(await versionsOf(pair, 2)).toEqual([]);
    const entries = await rowsOf(
      server.ctx,
      sql`SELECT details FROM audit_log WHERE action = 'message.edited' AND subject_id = ${pair.roomId} AND owner_id = ${pair.patient.id}`,
    );
    expect(entries).toEqual([{ details: { seq: 1 } }, { details: { seq: 1 } }]);
  });

  it('again with the same text is the same answer, and no other version, a hundred at once too', async () => {
    const pair = await openWith('Take two.');
    const answers = await Promise.all(Array.from({ length: 100 }, () => edit(pair, 'Take one.')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await versionsOf(pair)).toEqual(['Take two.']);
    expect((await changesOf(pair, 0)).changeSeq).toBe(1);
    await age(pair, 60);
    expect(await edit(pair, 'Take one.')).toMatchObject({ text: 'Take one.' });
  });

  it('of many different texts, twenty at once, keeps every one that was there, once', async () => {
    const pair = await openWith('0');
    const texts = Array.from({ length: 40 }, (_, index) => String(index + 1));
    await inTwenties(texts, (text) => [edit(pair, text)]);
    const [message] = await historyOf(pair.doctor, pair.roomId);
    const all = [...(await versionsOf(pair)), message?.text];
    expect(all[0]).toBe('0');
    expect([...all].sort()).toEqual(['0', ...texts].sort());
    expect(await changesOf(pair, 0)).toMatchObject({ changeSeq: 40, items: [{ changeSeq: 40 }] });
  });

  it('ends fifteen minutes after the sending, by the database’s clock', async () => {
    const pair = await openWith('Take two.');
    await age(pair, 14);
    expect(await edit(pair, 'Take one.')).toMatchObject({ text: 'Take one.' });
    await age(pair, 15);
    expect(await edit(pair, 'Take none.')).toEqual([409, 'edit-window-closed']);
    expect(await versionsOf(pair)).toEqual(['Take two.']);
  });

  it('is the sender’s alone, not of what was taken back, not in a closed room, and of something', async () => {
    const pair = await openWith('One.', 'Two.');
    const { status, body } = await pair.doctor.api('PATCH', `/rooms/${pair.roomId}/messages/1`, { text: 'Mine.' });
    expect([status, body.code]).toEqual([403, 'forbidden']);
    expect(await edit(pair, 'Three.', 3)).toEqual([404, 'not-found']);
    for (const text of ['', '  ', 'x'.repeat(8001)]) expect(await edit(pair, text)).toEqual([400, 'invalid-request']);
    await pair.patient.api('DELETE', `/rooms/${pair.roomId}/messages/2`);
    expect(await edit(pair, 'Two again.', 2)).toEqual([409, 'message-retracted']);
    await closeRoom(pair);
    expect(await edit(pair, 'Late.')).toEqual([409, 'room-closed']);
    expect((await historyOf(pair.doctor, pair.roomId)).map(({ text }) => text)).toEqual(['One.', null]);
  });

  it('leaves the clientId to the text that was sent first: sent again it is the same message', async () => {
    const pair = await openRoom(server);
    await say(pair, 'Take two.', 'c-1');
    const edited = await edit(pair, 'Take one.');
    const again = await say(pair, 'Take two.', 'c-1');
    expect([again.status, again.body]).toEqual([200, edited]);
    expect((await say(pair, 'Take one.', 'c-1')).body.code).toBe('client-id-reused');
  });

  it('is forgotten with the message: a retraction takes the earlier texts too', async () => {
    const pair = await openWith('Wrong.');
    await edit(pair, 'Also wrong.');
    await pair.patient.api('DELETE', `/rooms/${pair.roomId}/messages/1`);
    expect(await versionsOf(pair)).toEqual([]);
    const kept = await server.ctx.chatDb.execute(sql`SELECT 1 FROM message_versions WHERE room_id = ${pair.roomId}`);
    expect(kept.rows).toEqual([]);
  });

  it('races a retraction: whichever is first, no text is left, and the changes are dense', async () => {
    for (let trial = 0; trial < 25; trial += 1) {
      const pair = await openWith();
      await Promise.all(Array.from({ length: 4 }, (_, index) => say(pair, `Text ${index}`)));
      await Promise.all(
        [1, 2, 3, 4].flatMap((seq) => [
          edit(pair, 'Other.', seq),
          pair.patient.api('DELETE', `/rooms/${pair.roomId}/messages/${seq}`),
        ]),
      );
      const { rows } = await server.ctx.chatDb.execute(
        sql`SELECT text FROM messages WHERE room_id = ${pair.roomId} AND text IS NOT NULL
            UNION ALL SELECT text FROM message_versions WHERE room_id = ${pair.roomId}`,
      );
      expect(rows).toEqual([]);
      const { items, changeSeq } = await changesOf(pair, 0);
      expect(items).toHaveLength(4);
      expect(items.at(-1)?.changeSeq).toBe(changeSeq);
    }
  });
});

describe('what became of messages that one has already', () => {
  it('is told live, with the newest text, also on a node that hears of it over the bus', async () => {
    const pair = await openWith('Take two.');
    const other = await server.addNode({ roles: ['chat'] });
    const sockets = [await TestSocket.as(server, pair.patient), await TestSocket.as(other, pair.doctor)];
    await Promise.all(sockets.map((socket) => socket.settled()));
    const { editedAt } = await edit(pair, 'Take one.');
    const frame = { type: 'edited', roomId: pair.roomId, seq: 1, text: 'Take one.', editedAt, changeSeq: 1 };
    for (const socket of sockets) expect(await socket.next('edited')).toEqual(frame);
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  it('is told again to all when it is asked for again: of the first time answer and news may both be lost', async () => {
    const pair = await openWith('Take two.');
    const socket = await TestSocket.as(server, pair.doctor);
    await socket.settled();
    for (let time = 0; time < 2; time += 1) {
      await edit(pair, 'Take one.');
      expect(await socket.next('edited')).toMatchObject({ text: 'Take one.', changeSeq: 1 });
    }
    for (let time = 0; time < 2; time += 1) {
      await pair.patient.api('DELETE', `/rooms/${pair.roomId}/messages/1`);
      expect(await socket.next('retracted')).toMatchObject({ seq: 1, changeSeq: 2 });
    }
    await socket.close();
  });

  it('is found after a pause: ready tells the change of the room, and the changes are listed from one on', async () => {
    const pair = await openWith('One.', 'Two.', 'Three.');
    const before = await TestSocket.as(server, pair.doctor);
    expect(before.frames[0]).toMatchObject({ rooms: [{ roomId: pair.roomId, headSeq: 3 }] });
    await before.close();
    await edit(pair, 'One, edited.');
    await pair.patient.api('DELETE', `/rooms/${pair.roomId}/messages/2`);
    await edit(pair, 'One, edited twice.');
    const after = await TestSocket.as(server, pair.doctor);
    expect(after.frames[0]).toMatchObject({ rooms: [{ roomId: pair.roomId, headSeq: 3, changeSeq: 3 }] });
    expect(await changesOf(pair, 0)).toEqual({
      changeSeq: 3,
      items: [
        { changeSeq: 2, message: expect.objectContaining({ seq: 2, text: null, retractedAt: expect.any(String) }) },
        { changeSeq: 3, message: expect.objectContaining({ seq: 1, text: 'One, edited twice.' }) },
      ],
    });
    expect((await changesOf(pair, 0, 1)).items).toHaveLength(1);
    expect(await changesOf(pair, 3)).toEqual({ changeSeq: 3, items: [] });
    after.send({ type: 'resume', rooms: [{ roomId: pair.roomId, afterSeq: 0 }] });
    const texts = (await after.messages(pair.roomId, 3)).map(({ text }) => text);
    expect(texts).toEqual(['One, edited twice.', null, 'Three.']);
    await after.close();
  });

  it('shows in the next position where the bus is deaf', async () => {
    const pair = await openWith('One.');
    const node = await addGateway(server, { heartbeatMs: 100 }, { bus: { ...server.ctx.bus, ...deafBus } });
    const socket = await TestSocket.open(node.url, { bearer: pair.doctor.accessToken });
    await edit(pair, 'One, edited.');
    expect(await socket.next('position', ({ changeSeq }) => changeSeq === 1)).toMatchObject({ headSeq: 1 });
    await node.close();
  });

  it('is not for who has left', async () => {
    const pair = await openWith('One.');
    await edit(pair, 'Other.');
    await release(pair);
    for (const path of ['changes', 'messages/1/versions']) {
      expect((await pair.doctor.api('GET', `/rooms/${pair.roomId}/${path}`)).status).toBe(404);
    }
  });
});

describe('a reply', () => {
  it('names the message that it answers, over HTTP and the socket, in history and live', async () => {
    const pair = await openWith('How are you?');
    const [onPatient, onDoctor] = [await TestSocket.as(server, pair.patient), await TestSocket.as(server, pair.doctor)];
    await Promise.all([onPatient.settled(), onDoctor.settled()]);
    onDoctor.send({ type: 'send', clientId: 'd-1', roomId: pair.roomId, text: 'Well, and you?', replyToSeq: 1 });
    await onDoctor.next('ack');
    const body = { clientId: 'p-1', text: 'Well.', replyToSeq: 2 };
    const answer = await pair.patient.api('POST', `/rooms/${pair.roomId}/messages`, body);
    expect([answer.status, answer.body]).toEqual([201, expect.objectContaining({ seq: 3, replyTo: 2 })]);
    expect((await onPatient.messages(pair.roomId, 2)).map(({ replyTo }) => replyTo)).toEqual([1, 2]);
    const history = await historyOf(pair.doctor, pair.roomId);
    expect(history.map(({ replyTo }) => replyTo)).toEqual([undefined, 1, 2]);
    await Promise.all([onPatient.close(), onDoctor.close()]);
  });

  it('to a message that is not there is refused, and writes nothing', async () => {
    const pair = await openWith('One.');
    const send = async (replyToSeq: unknown) => {
      const body = { clientId: 'r', text: 'Reply.', replyToSeq };
      const answer = await pair.patient.api('POST', `/rooms/${pair.roomId}/messages`, body);
      return [answer.status, answer.body.code];
    };
    expect(await send(2)).toEqual([400, 'seq-out-of-range']);
    for (const seq of [0, -1, 1.5, '1', null]) expect(await send(seq)).toEqual([400, 'invalid-request']);
    const socket = await TestSocket.as(server, pair.patient);
    socket.send({ type: 'send', clientId: 'r', roomId: pair.roomId, text: 'Reply.', replyToSeq: 2 });
    expect(await socket.next('error')).toMatchObject({ code: 'seq-out-of-range', clientId: 'r' });
    expect(await historyOf(pair.doctor, pair.roomId)).toHaveLength(1);
    await socket.close();
  });
});
