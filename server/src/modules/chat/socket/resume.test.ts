import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { createApi } from '../../../../test/http.ts';
import { auditLog } from '../../audit/tables.ts';
import { appendMessage } from '../append-message.ts';
import { addGateway, deafBus, historyOf, openRoom, type Pair, TestSocket } from '../test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function write({ roomId, doctor }: Pair, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await appendMessage(server.ctx, { roomId, senderId: doctor.id, clientId: randomUUID(), text: `${index}` });
  }
}

/** Writes over HTTP, at one of the nodes: sockets have a rate of their own. */
function writer(url: string, { accessToken }: Person, roomId: string): (clientId: string) => Promise<void> {
  const api = createApi(url, { authorization: `Bearer ${accessToken}` });
  return async (clientId) => {
    const { status } = await api('POST', `/rooms/${roomId}/messages`, { clientId, text: `This is ${clientId}.` });
    expect(status).toBe(201);
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('resume', () => {
  it('says what comes, then gives everything after the seq, in order, one’s own too', async () => {
    const pair = await openRoom(server);
    const { roomId, patient } = pair;
    await write(pair, 3);
    await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'own', text: 'Mine.' });
    await write(pair, 246);
    const socket = await TestSocket.as(server, patient);
    socket.send({ type: 'resume', rooms: [{ roomId, afterSeq: 2 }] });
    const messages = await socket.messages(roomId, 248);
    expect(messages.map(({ seq }) => seq)).toEqual(range(3, 250));
    expect(socket.frames[1]).toEqual({ type: 'resumed', roomId, fromSeq: 3, toSeq: 250 });
    expect(messages.map(({ type: _, ...message }) => message)).toEqual((await historyOf(patient, roomId)).slice(2));
    await socket.close();
  });

  it('says so when nothing was missed', async () => {
    const pair = await openRoom(server);
    const { roomId, patient } = pair;
    await write(pair, 2);
    const socket = await TestSocket.as(server, patient);
    socket.send({ type: 'resume', rooms: [{ roomId, afterSeq: 2 }] });
    expect(await socket.next('resumed')).toEqual({ type: 'resumed', roomId, fromSeq: 3, toSeq: 2 });
    await write(pair, 1);
    await pair.doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Live.' });
    expect((await socket.messages(roomId, 2)).map(({ seq }) => seq)).toEqual([3, 4]);
    await socket.close();
  });

  it('beyond the head is a reset without messages, and what comes later comes', async () => {
    const pair = await openRoom(server);
    const { roomId, patient, doctor } = pair;
    await write(pair, 2);
    const socket = await TestSocket.as(server, patient);
    socket.send({ type: 'resume', rooms: [{ roomId, afterSeq: 3 }] });
    expect(await socket.next('reset')).toEqual({ type: 'reset', roomId, headSeq: 2, reason: 'ahead' });
    await socket.settled();
    expect(socket.messagesSoFar(roomId)).toEqual([]);
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Live.' });
    expect((await socket.messages(roomId, 1)).map(({ seq }) => seq)).toEqual([3]);
    await socket.close();
  });

  it('leaves the rooms that it does not name at the head that ready told', async () => {
    const first = await openRoom(server);
    const second = await openRoom(server, { patient: first.patient });
    await write(first, 3);
    await write(second, 3);
    const socket = await TestSocket.as(server, first.patient);
    socket.send({ type: 'resume', rooms: [{ roomId: first.roomId, afterSeq: 1 }] });
    await second.doctor.api('POST', `/rooms/${second.roomId}/messages`, { clientId: 'a', text: 'Live.' });
    expect((await socket.messages(second.roomId, 1)).map(({ seq }) => seq)).toEqual([4]);
    expect((await socket.messages(first.roomId, 2)).map(({ seq }) => seq)).toEqual([2, 3]);
    await socket.close();
  });

  it('later repeats what it asks for', async () => {
    const pair = await openRoom(server);
    const { roomId, patient } = pair;
    const socket = await TestSocket.as(server, patient);
    await socket.say(roomId, 'Mine.');
    await pair.doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Yours.' });
    await socket.messages(roomId, 1);
    socket.send({ type: 'resume', rooms: [{ roomId, afterSeq: 0 }] });
    expect(await socket.next('resumed')).toMatchObject({ fromSeq: 1, toSeq: 2 });
    expect((await socket.messages(roomId, 3)).map(({ seq }) => seq)).toEqual([2, 1, 2]);
    await socket.close();
  });

  it('is in the audit before anything is shown', async () => {
    const pair = await openRoom(server);
    const { roomId, patient, doctor } = pair;
    await write(pair, 3);
    const socket = await TestSocket.as(server, doctor);
    socket.send({ type: 'resume', rooms: [{ roomId, afterSeq: 1 }] });
    await socket.messages(roomId, 1);
    const entries = await server.ctx.db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.subjectId, roomId), eq(auditLog.actorId, doctor.id), eq(auditLog.action, 'room.read')));
    expect(entries).toContainEqual(
      expect.objectContaining({ ownerId: patient.id, outcome: 'ok', details: { fromSeq: 2, toSeq: 3 } }),
    );
    await socket.close();
  });

  it('believes the database and not what this node has heard', async () => {
    const gateway = await addGateway(server, {}, { bus: { ...server.ctx.bus, ...deafBus } });
    const pair = await openRoom(server);
    const { roomId, patient } = pair;
    const socket = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    await write(pair, 5);
    socket.send({ type: 'resume', rooms: [{ roomId, afterSeq: 5 }] });
    expect(await socket.next('resumed')).toMatchObject({ fromSeq: 6, toSeq: 5 });
    await socket.close();
    await gateway.close();
  });
});

describe('a connection that drops while everybody is writing', () => {
  it('comes back, here or on another node, and has each message once, in order, and each of its own once', {
    timeout: 60_000,
  }, async () => {
    const other = await server.addNode({ roles: ['chat'] });
    const pair = await openRoom(server);
    const { roomId, patient, doctor } = pair;
    let writing = true;
    const writers = [doctor, patient].map(async (who, index) => {
      const write = writer(index === 0 ? server.url : other.url, who, roomId);
      for (let count = 0; writing; count += 1) await write(`${index}-${count}`);
    });

    const got: number[] = [];
    const outbox = new Map<string, string>();
    const acked = new Map<string, number>();
    for (let trial = 0; trial < 60; trial += 1) {
      const socket = await TestSocket.open(trial % 2 === 0 ? server.url : other.url, { bearer: patient.accessToken });
      const own = new Set<number>();
      socket.send({ type: 'resume', rooms: [{ roomId, afterSeq: got.at(-1) ?? 0 }] });
      for (const [clientId, text] of outbox) socket.send({ type: 'send', clientId, roomId, text });
      const clientId = `trial-${trial}`;
      outbox.set(clientId, clientId);
      socket.send({ type: 'send', clientId, roomId, text: clientId });
      // Cut at a random moment: before the resume, within it, between a commit and its ack, or in the live stream.
      await delay(Math.random() * 40);
      socket.drop();
      await socket.closed;
      const seqs = new Set<number>();
      for (const frame of socket.frames) {
        if (frame.type === 'ack') {
          expect(acked.get(frame.clientId) ?? frame.seq).toBe(frame.seq);
          acked.set(frame.clientId, frame.seq);
          outbox.delete(frame.clientId);
          own.add(frame.seq);
        }
        if (frame.type !== 'message') continue;
        expect(seqs.has(frame.seq)).toBe(false);
        seqs.add(frame.seq);
      }
      const resumed = socket.frames.find((frame) => frame.type === 'resumed');
      // What was resumed is whole, and what is live is whole but for what the acks stand for.
      for (const seq of [...seqs].toSorted((a, b) => a - b)) {
        const last = got.at(-1) ?? 0;
        for (let between = last + 1; between < seq; between += 1) {
          expect([between, resumed?.toSeq, own.has(between)]).toEqual([between, resumed?.toSeq, true]);
          got.push(between);
        }
        if (seq > last) got.push(seq);
      }
      expect([...seqs]).toEqual([...seqs].toSorted((a, b) => a - b));
    }
    writing = false;
    await Promise.all(writers);

    const last = await TestSocket.open(server.url, { bearer: patient.accessToken });
    for (const [clientId, text] of outbox) await last.say(roomId, text, clientId);
    const history = await historyOf(patient, roomId);
    expect(history.map(({ seq }) => seq)).toEqual(range(1, history.length));
    expect(history.length).toBeGreaterThan(100);
    const fromTrials = history.filter(({ clientId }) => clientId.startsWith('trial-'));
    expect(fromTrials).toHaveLength(60);
    expect(new Set(fromTrials.map(({ clientId }) => clientId)).size).toBe(60);
    for (const [clientId, seq] of acked) expect(history[seq - 1]?.clientId).toBe(clientId);
    expect(got).toEqual(range(1, got.length));
    await last.close();
  });
});

describe('hundreds of messages between two nodes', () => {
  it('come to every socket once and in order, whoever wrote them where', { timeout: 60_000 }, async () => {
    const other = await server.addNode({ roles: ['chat'] });
    const { roomId, patient, doctor } = await openRoom(server);
    const sockets = [
      await TestSocket.open(server.url, { bearer: patient.accessToken }),
      await TestSocket.open(other.url, { bearer: doctor.accessToken }),
      await TestSocket.open(other.url, { bearer: patient.accessToken }),
    ];
    await Promise.all(sockets.map((socket) => socket.settled()));
    const senders = [0, 0, 1, 1].map(async (_, index) => {
      const who = index % 2 === 0 ? patient : doctor;
      const write = writer(index < 2 ? server.url : other.url, who, roomId);
      for (let count = 0; count < 100; count += 1) await write(`${index}-${count}`);
    });
    await Promise.all(senders);
    for (const socket of sockets) {
      expect((await socket.messages(roomId, 400)).map(({ seq }) => seq)).toEqual(range(1, 400));
      await socket.close();
    }
  });
});
