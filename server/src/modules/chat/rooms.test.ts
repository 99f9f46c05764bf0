import { randomUUID } from 'node:crypto';
import { and, asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { withoutRequestId } from '../../../test/http.ts';
import { auditLog } from '../audit/tables.ts';
import { appendMessage } from './append-message.ts';
import { messages } from './tables.ts';
import { closeRoom, historyOf, openRoom, type Pair, release, TestSocket } from './test-support.ts';

// The routes of rooms and messages as their callers see them: list-rooms, get-room, list-messages, send-message, mark-read,
// retract-message.

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function say({ roomId }: Pair, senderId: string, ...texts: string[]): Promise<void> {
  for (const text of texts) await appendMessage(server.ctx, { roomId, senderId, clientId: randomUUID(), text });
}

async function auditOf(action: string, roomId: string) {
  return server.ctx.db
    .select()
    .from(auditLog)
    .where(and(eq(auditLog.action, action), eq(auditLog.subjectId, roomId)))
    .orderBy(asc(auditLog.id));
}

describe('GET /rooms and /rooms/{id}', () => {
  it('shows members, heads, what is unread without one’s own, and the newest message', async () => {
    const pair = await openRoom(server, { patient: await server.people.patient({ fullName: 'Ana Silva' }) });
    await say(pair, pair.patient.id, 'One.', 'Two.');
    await say(pair, pair.doctor.id, 'Three.');
    await pair.patient.api('PUT', `/rooms/${pair.roomId}/read`, { seq: 1 });
    const { status, body } = await pair.patient.api('GET', `/rooms/${pair.roomId}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: pair.roomId,
      members: [
        { id: pair.patient.id, fullName: 'Ana Silva', role: 'patient', readSeq: 1 },
        { id: pair.doctor.id, fullName: 'Doc Example', role: 'doctor', readSeq: 0 },
      ],
      status: 'open',
      lastSeq: 3,
      readSeq: 1,
      unread: 1,
      lastMessage: expect.objectContaining({ roomId: pair.roomId, seq: 3, senderId: pair.doctor.id, text: 'Three.' }),
    });
    const forDoctor = await pair.doctor.api('GET', '/rooms');
    expect(forDoctor.body).toMatchObject({ items: [{ id: pair.roomId, unread: 2, readSeq: 0 }], nextCursor: null });
  });

  it('pages through the own rooms, newest first, each once', async () => {
    const patient = await server.people.patient();
    const doctor = await server.people.doctor();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push((await openRoom(server, { patient, doctor })).roomId);
    await openRoom(server, { doctor });
    const seen: string[] = [];
    let query = '?limit=2';
    for (let page = 1; page <= 3; page += 1) {
      const { body } = await patient.api('GET', `/rooms${query}`);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (page < 3) query = `?limit=2&cursor=${body.nextCursor}`;
      else expect(body.nextCursor).toBeNull();
    }
    expect(seen).toEqual(ids.reverse());
  });

  it('has an empty room before the first message, and no rooms for who has none', async () => {
    const { roomId, doctor } = await openRoom(server);
    expect((await doctor.api('GET', `/rooms/${roomId}`)).body).toMatchObject({
      lastSeq: 0,
      unread: 0,
      lastMessage: null,
    });
    const stranger = await server.people.patient();
    expect((await stranger.api('GET', '/rooms')).body).toEqual({ items: [], nextCursor: null });
  });

  it('refuses a cursor that is not one', async () => {
    const patient = await server.people.patient();
    const { status, body } = await patient.api('GET', '/rooms?cursor=nonsense');
    expect([status, body.code, body.errors[0].path]).toEqual([400, 'invalid-request', 'cursor']);
  });
});

describe('GET /rooms/{id}/messages', () => {
  it('goes forward from a seq, backward from one, and begins at the newest', async () => {
    const pair = await openRoom(server);
    await say(pair, pair.doctor.id, ...Array.from({ length: 7 }, (_, index) => `${index + 1}`));
    const seqs = async (query: string) => {
      const { body } = await pair.patient.api('GET', `/rooms/${pair.roomId}/messages${query}`);
      expect(body.headSeq).toBe(7);
      return body.items.map(({ seq }: { seq: number }) => seq);
    };
    expect(await seqs('')).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(await seqs('?limit=2')).toEqual([7, 6]);
    expect(await seqs('?after=0&limit=3')).toEqual([1, 2, 3]);
    expect(await seqs('?after=5')).toEqual([6, 7]);
    expect(await seqs('?after=7')).toEqual([]);
    expect(await seqs('?before=4&limit=2')).toEqual([3, 2]);
    expect(await seqs('?before=1')).toEqual([]);
    expect(await seqs('?before=1000&limit=2')).toEqual(await seqs('?limit=2'));
    expect(await seqs(`?before=${Number.MAX_SAFE_INTEGER}`)).toEqual(await seqs(''));
  });

  it('goes forward from a time', async () => {
    const pair = await openRoom(server);
    await say(pair, pair.doctor.id, ...Array.from({ length: 7 }, (_, index) => `${index + 1}`));
    const day = (seq: number) => `2026-03-0${seq}T12:00:00.000Z`;
    for (let seq = 1; seq <= 7; seq++) {
      const inRoom = and(eq(messages.roomId, pair.roomId), eq(messages.seq, seq));
      await server.ctx.chatDb
        .update(messages)
        .set({ sentAt: day(seq) })
        .where(inRoom);
    }
    const seqs = async (since: string) => {
      const { body } = await pair.patient.api('GET', `/rooms/${pair.roomId}/messages?since=${since}&limit=3`);
      return body.items.map(({ seq }: { seq: number }) => seq);
    };
    expect(await seqs('2025-01-01T00:00:00Z')).toEqual([1, 2, 3]);
    for (let seq = 1; seq <= 7; seq++) expect((await seqs(day(seq)))[0]).toBe(seq);
    expect(await seqs('2026-03-05T12:00:00.001Z')).toEqual([6, 7]);
    expect(await seqs('2026-03-07T12:00:00.001Z')).toEqual([]);
  });

  it('from a time leaves out nobody who waited for the room, and so is later than who began after', async () => {
    const pair = await openRoom(server);
    await say(pair, pair.doctor.id, ...Array.from({ length: 6 }, (_, index) => `${index + 1}`));
    // By the second in which they began: the fifth waited for three seconds.
    for (const [index, second] of ['10', '20', '31', '32', '29', '50'].entries()) {
      const inRoom = and(eq(messages.roomId, pair.roomId), eq(messages.seq, index + 1));
      await server.ctx.chatDb
        .update(messages)
        .set({ sentAt: `2026-03-01T12:00:${second}.000Z` })
        .where(inRoom);
    }
    for (const [since, first] of [
      ['20', 2],
      ['29', 3],
      ['30', 3],
      ['32', 4],
      ['33', 6],
    ] as const) {
      const { body } = await pair.patient.api(
        'GET',
        `/rooms/${pair.roomId}/messages?since=2026-03-01T12:00:${since}Z&limit=1`,
      );
      expect([since, body.items[0].seq]).toEqual([since, first]);
    }
  });

  it('refuses both ways at once, and seqs that are none', async () => {
    const { roomId, patient } = await openRoom(server);
    for (const query of [
      'after=1&before=5',
      `after=1&since=2026-03-05T12:00:00Z`,
      'since=today',
      'after=-1',
      'after=x',
      'before=1.5',
      'limit=101',
      'offset=3',
    ]) {
      const { status, body } = await patient.api('GET', `/rooms/${roomId}/messages?${query}`);
      expect([query, status, body.code]).toEqual([query, 400, 'invalid-request']);
    }
  });

  it('writes down who read whose messages', async () => {
    const pair = await openRoom(server);
    await say(pair, pair.patient.id, 'It hurts.');
    await pair.doctor.api('GET', `/rooms/${pair.roomId}/messages?after=0`);
    const entries = await auditOf('room.read', pair.roomId);
    expect(entries.at(-1)).toMatchObject({
      actorId: pair.doctor.id,
      ownerId: pair.patient.id,
      outcome: 'ok',
      details: { fromSeq: 1, toSeq: 1 },
    });
  });
});

describe('POST /rooms/{id}/messages', () => {
  it('answers 201, then 200 with the same message, then 409 for another text', async () => {
    const { roomId, patient } = await openRoom(server);
    const first = await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Hello.' });
    const again = await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Hello.' });
    const other = await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Bye.' });
    expect([first.status, again.status, other.status]).toEqual([201, 200, 409]);
    expect(first.body).toEqual({
      roomId,
      seq: 1,
      id: expect.any(String),
      clientId: 'a',
      senderId: patient.id,
      text: 'Hello.',
      sentAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      retractedAt: null,
    });
    expect(again.body).toEqual(first.body);
    expect(other.body.code).toBe('client-id-reused');
  });

  it('keeps text as it is: emoji, lines, 8000 code points', async () => {
    const { roomId, patient } = await openRoom(server);
    for (const text of ['👩🏽‍⚕️ done\n\tnext line', '𝒳'.repeat(8000)]) {
      const { status, body } = await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: randomUUID(), text });
      expect(status).toBe(201);
      expect(body.text).toBe(text);
    }
  });

  it('refuses what is no message, naming each bad field, and writes nothing', async () => {
    const { roomId, patient } = await openRoom(server);
    const good = { clientId: 'a', text: 'Hello.' };
    const bad: [unknown, string][] = [
      [{ ...good, text: '' }, 'text'],
      [{ ...good, text: ' \n ' }, 'text'],
      [{ ...good, text: 'x'.repeat(8001) }, 'text'],
      [{ ...good, text: 'a\0b' }, 'text'],
      [{ ...good, clientId: '' }, 'clientId'],
      [{ ...good, clientId: 'x'.repeat(65) }, 'clientId'],
      [{ ...good, clientId: 'a b' }, 'clientId'],
      [{ text: 'Hello.' }, 'clientId'],
      [{ ...good, senderId: patient.id }, 'senderId'],
    ];
    for (const [body, path] of bad) {
      const answer = await patient.api('POST', `/rooms/${roomId}/messages`, body);
      expect([path, answer.status, answer.body.errors?.[0]?.path]).toEqual([path, 400, path]);
    }
    expect(await historyOf(patient, roomId)).toEqual([]);
  });

  it('answers 409 in a closed room, which stays readable', async () => {
    const pair = await openRoom(server);
    await say(pair, pair.patient.id, 'Thank you.');
    await closeRoom(pair);
    const { status, body } = await pair.patient.api('POST', `/rooms/${pair.roomId}/messages`, {
      clientId: 'late',
      text: 'One more.',
    });
    expect([status, body.code]).toEqual([409, 'room-closed']);
    expect(await historyOf(pair.doctor, pair.roomId)).toMatchObject([{ text: 'Thank you.' }]);
  });
});

describe('PUT /rooms/{id}/read', () => {
  it('goes forward only, up to the head', async () => {
    const pair = await openRoom(server);
    await say(pair, pair.patient.id, '1', '2', '3');
    const read = (seq: number) => pair.doctor.api('PUT', `/rooms/${pair.roomId}/read`, { seq });
    const readSeq = async () => (await pair.doctor.api('GET', `/rooms/${pair.roomId}`)).body.readSeq;
    expect((await read(2)).status).toBe(204);
    expect((await read(1)).status).toBe(204);
    expect((await read(0)).status).toBe(204);
    expect(await readSeq()).toBe(2);
    const beyond = await read(4);
    expect([beyond.status, beyond.body.code]).toEqual([400, 'seq-out-of-range']);
    expect(await readSeq()).toBe(2);
    await Promise.all([3, 1, 2, 3, 2].map(read));
    expect(await readSeq()).toBe(3);
  });
});

describe('two devices of one account', () => {
  it('agree on what is unread: read on one clears it on the other, and later nothing brings it back', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const tablet = await server.people.logIn(patient);
    const [onPhone, onTablet] = [await TestSocket.as(server, patient), await TestSocket.as(server, tablet)];
    for (const text of ['One.', 'Two.', 'Three.']) await say({ roomId, patient, doctor }, doctor.id, text);
    const unread = async () =>
      Promise.all([patient, tablet].map(async ({ api }) => (await api('GET', `/rooms/${roomId}`)).body.unread));
    expect(await unread()).toEqual([3, 3]);
    onPhone.send({ type: 'read', roomId, seq: 2 });
    expect(await onTablet.next('read')).toEqual({ type: 'read', roomId, accountId: patient.id, seq: 2 });
    expect(await unread()).toEqual([1, 1]);
    onTablet.send({ type: 'read', roomId, seq: 1 });
    onTablet.send({ type: 'read', roomId, seq: 3 });
    expect(await onPhone.next('read', ({ seq }) => seq !== 2)).toMatchObject({ seq: 3 });
    expect(await unread()).toEqual([0, 0]);
    const again = await TestSocket.as(server, patient);
    expect(again.frames[0]).toMatchObject({ type: 'ready', rooms: [{ roomId, headSeq: 3, readSeq: 3 }] });
    await Promise.all([onPhone, onTablet, again].map((socket) => socket.close()));
  });
});

describe('DELETE /rooms/{id}/messages/{seq}', () => {
  it('takes the text and leaves the place, once and for all', async () => {
    const pair = await openRoom(server);
    await say(pair, pair.patient.id, 'Wrong room.', 'Sorry.');
    const path = `/rooms/${pair.roomId}/messages/1`;
    expect((await pair.patient.api('DELETE', path)).status).toBe(204);
    const [first, second] = await historyOf(pair.doctor, pair.roomId);
    expect(first).toMatchObject({ seq: 1, text: null, retractedAt: expect.any(String) });
    expect(second).toMatchObject({ seq: 2, text: 'Sorry.', retractedAt: null });
    expect((await pair.patient.api('DELETE', path)).status).toBe(204);
    expect((await historyOf(pair.doctor, pair.roomId))[0]).toEqual(first);
    expect(await auditOf('message.retracted', pair.roomId)).toMatchObject([
      { actorId: pair.patient.id, ownerId: pair.patient.id, details: { seq: 1 } },
    ]);
  });

  it('is the sender’s alone: another’s 403, none 404', async () => {
    const pair = await openRoom(server);
    await say(pair, pair.patient.id, 'Mine.');
    const retract = async (seq: number | string) => {
      const { status, body } = await pair.doctor.api('DELETE', `/rooms/${pair.roomId}/messages/${seq}`);
      return [status, body.code];
    };
    expect(await retract(1)).toEqual([403, 'forbidden']);
    expect(await retract(2)).toEqual([404, 'not-found']);
    expect(await retract(0)).toEqual([404, 'not-found']);
    expect(await retract('x')).toEqual([404, 'not-found']);
    expect(await historyOf(pair.patient, pair.roomId)).toMatchObject([{ text: 'Mine.' }]);
  });

  it('changes nothing in a closed room', async () => {
    const pair = await openRoom(server);
    await say(pair, pair.patient.id, 'Said.');
    await closeRoom(pair);
    const { status, body } = await pair.patient.api('DELETE', `/rooms/${pair.roomId}/messages/1`);
    expect([status, body.code]).toEqual([409, 'room-closed']);
    expect(await historyOf(pair.patient, pair.roomId)).toMatchObject([{ text: 'Said.' }]);
  });
});

describe('a room of others', () => {
  const calls: [method: string, path: string, body?: object][] = [
    ['GET', ''],
    ['GET', '/messages'],
    ['POST', '/messages', { clientId: 'a', text: 'Let me in.' }],
    ['PUT', '/read', { seq: 0 }],
    ['PUT', '/read', { seq: 99 }],
    ['DELETE', '/messages/1'],
    ['PATCH', '/messages/1', { text: 'Let me in.' }],
    ['GET', '/messages/1/versions'],
    ['GET', '/changes'],
    ['GET', '/search?q=in'],
  ];

  it('is the 404 of a missing one, for strangers and for who has left, and each try is in the audit', async () => {
    const pair = await openRoom(server);
    await say(pair, pair.patient.id, 'Private.');
    const left = await openRoom(server, { patient: pair.patient });
    await release(left);
    const [patient, doctor] = [await server.people.patient(), await server.people.doctor()];
    for (const [method, path, body] of calls) {
      const missing = await doctor.api(method, `/rooms/${randomUUID()}${path}`, body);
      expect([path, missing.status]).toEqual([path, 404]);
      for (const [who, roomId] of [
        [patient, pair.roomId],
        [doctor, pair.roomId],
        [left.doctor, left.roomId],
      ] as const) {
        const { status, body: problem } = await who.api(method, `/rooms/${roomId}${path}`, body);
        expect([path, status]).toEqual([path, 404]);
        expect(withoutRequestId(problem)).toEqual(withoutRequestId(missing.body));
      }
    }
    const denied = (await auditOf('room.read', pair.roomId)).filter(({ outcome }) => outcome === 'denied');
    for (const { id } of [patient, doctor]) {
      expect(denied.filter(({ actorId }) => actorId === id)).toHaveLength(calls.length);
    }
    expect(await historyOf(pair.patient, pair.roomId)).toHaveLength(1);
  });
});
