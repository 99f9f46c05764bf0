import { randomUUID } from 'node:crypto';
import type { ClientFrame } from '@openward/contracts';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { auditLog } from '../../audit/tables.ts';
import { sessionsEnded } from '../../identity/index.ts';
import {
  acceptAs,
  addGateway,
  closeRoom,
  deafBus,
  diagnose,
  openRoom,
  release,
  submitTo,
  TestSocket,
} from '../test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

describe('a room that opens while one is connected', () => {
  it('is joined at once, and everything said from then on comes', async () => {
    const [patient, doctor] = [await server.people.patient(), await server.people.doctor()];
    const [onPatient, onDoctor] = [await TestSocket.as(server, patient), await TestSocket.as(server, doctor)];
    await onPatient.settled();
    const roomId = await submitTo(patient, doctor);
    await acceptAs(doctor, roomId);
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Good morning.' });
    for (const socket of [onPatient, onDoctor]) {
      expect(await socket.next('room')).toEqual({ type: 'room', roomId, status: 'open' });
      expect(await socket.messages(roomId, 1)).toMatchObject([{ seq: 1, text: 'Good morning.' }]);
    }
    await onPatient.say(roomId, 'Good morning, doctor.');
    expect(await onDoctor.messages(roomId, 2)).toMatchObject([{ seq: 1 }, { seq: 2 }]);
    await Promise.all([onPatient.close(), onDoctor.close()]);
  });

  it('can be spoken in before this node has heard of it', async () => {
    const gateway = await addGateway(server, {}, { bus: { ...server.ctx.bus, ...deafBus } });
    const [patient, doctor] = [await server.people.patient(), await server.people.doctor()];
    const socket = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    const roomId = await submitTo(patient, doctor);
    await acceptAs(doctor, roomId);
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'a', text: 'Good morning.' });
    expect(await socket.say(roomId, 'Hello?')).toMatchObject({ seq: 2 });
    expect(await socket.next('room')).toMatchObject({ roomId, status: 'open' });
    // What was said since the room was opened comes too.
    expect(await socket.messages(roomId, 1)).toMatchObject([{ seq: 1 }]);
    await socket.close();
    await gateway.close();
  });

  it('is found by the clock when the bus is deaf, and so is what was said in it', async () => {
    const gateway = await addGateway(server, { heartbeatMs: 200 }, { bus: { ...server.ctx.bus, ...deafBus } });
    const [patient, doctor] = [await server.people.patient(), await server.people.doctor()];
    const socket = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    await socket.settled();
    const roomId = await submitTo(patient, doctor);
    await acceptAs(doctor, roomId);
    for (const clientId of ['a', 'b'])
      await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId, text: 'Hello.' });
    expect(await socket.next('room')).toMatchObject({ roomId, status: 'open' });
    expect((await socket.messages(roomId, 2)).map(({ seq }) => seq)).toEqual([1, 2]);
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'c', text: 'Are you there?' });
    expect((await socket.messages(roomId, 3)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await socket.close();
    await gateway.close();
  });
});

describe('a room that closes', () => {
  it('tells everyone, and takes no more', async () => {
    const pair = await openRoom(server);
    const sockets = [await TestSocket.as(server, pair.patient), await TestSocket.as(server, pair.doctor)];
    await closeRoom(pair);
    for (const socket of sockets) {
      expect(await socket.next('room')).toEqual({ type: 'room', roomId: pair.roomId, status: 'closed' });
      socket.send({ type: 'send', clientId: 'a', roomId: pair.roomId, text: 'Late.' });
      expect(await socket.next('error')).toMatchObject({ code: 'room-closed' });
      socket.send({ type: 'typing', roomId: pair.roomId });
      expect(await socket.next('error')).toMatchObject({ code: 'room-closed' });
      await socket.close();
    }
  });
});

describe('a doctor who releases', () => {
  it('hears that the room is closed, then nothing more of it; the next doctor hears everything', async () => {
    const pair = await openRoom(server);
    const { roomId, patient, doctor } = pair;
    const next = await server.people.doctor();
    const [onPatient, onDoctor, onNext] = await Promise.all(
      [patient, doctor, next].map((who) => TestSocket.as(server, who)),
    );
    if (onPatient === undefined || onDoctor === undefined || onNext === undefined) throw new Error('no sockets');
    await onPatient.say(roomId, 'Before.');
    await onDoctor.messages(roomId, 1);
    await release(pair);
    expect(await onDoctor.next('room')).toEqual({ type: 'room', roomId, status: 'closed' });
    expect(await onPatient.next('room')).toEqual({ type: 'room', roomId, status: 'closed' });
    const heard = onDoctor.frames.length;

    await acceptAs(next, roomId);
    expect(await onPatient.next('room')).toEqual({ type: 'room', roomId, status: 'open' });
    expect(await onNext.next('room')).toEqual({ type: 'room', roomId, status: 'open' });
    await onPatient.say(roomId, 'After.');
    onPatient.send({ type: 'read', roomId, seq: 2 });
    await onNext.next('read');
    expect(await onNext.messages(roomId, 1)).toMatchObject([{ seq: 2, text: 'After.' }]);
    const frames: ClientFrame[] = [
      { type: 'send', clientId: 'a', roomId, text: 'I am back.' },
      { type: 'read', roomId, seq: 1 },
      { type: 'typing', roomId },
      { type: 'resume', rooms: [{ roomId, afterSeq: 0 }] },
    ];
    for (const frame of frames) {
      onDoctor.send(frame);
      expect(await onDoctor.next('error')).toMatchObject({ code: 'not-found' });
    }
    // That somebody else has the request is told, not what is said.
    expect(onDoctor.frames.slice(heard).filter(({ type }) => type !== 'error' && type !== 'request')).toEqual([]);
    await Promise.all([onPatient, onDoctor, onNext].map((socket) => socket.close()));
  });

  it('sees nothing that was said after, on a node whose bus is deaf', async () => {
    const gateway = await addGateway(server, {}, { bus: { ...server.ctx.bus, ...deafBus } });
    const pair = await openRoom(server);
    const { roomId, patient, doctor } = pair;
    const [onPatient, onDoctor] = [
      await TestSocket.open(gateway.url, { bearer: patient.accessToken }),
      await TestSocket.open(gateway.url, { bearer: doctor.accessToken }),
    ];
    await onDoctor.settled();
    await release(pair);
    await acceptAs(await server.people.doctor(), roomId);
    // Nobody has told this node: it still believes that the doctor is in the room.
    await onPatient.say(roomId, 'For the next doctor only.');
    expect(await onDoctor.next('room')).toMatchObject({ roomId, status: 'closed' });
    await onDoctor.settled();
    expect(onDoctor.messagesSoFar(roomId)).toEqual([]);
    await Promise.all([onPatient.close(), onDoctor.close()]);
    await gateway.close();
  });
});

describe('a try at a room of others', () => {
  it('is in the audit, however many rooms one frame names', async () => {
    const stranger = await server.people.patient();
    const { roomId } = await openRoom(server);
    const socket = await TestSocket.as(server, stranger);
    const rooms = [roomId, randomUUID(), randomUUID()].map((id) => ({ roomId: id, afterSeq: 0 }));
    socket.send({ type: 'resume', rooms });
    for (const _ of rooms) expect(await socket.next('error')).toMatchObject({ code: 'not-found' });
    const entries = await server.ctx.db.select().from(auditLog).where(eq(auditLog.actorId, stranger.id));
    expect(entries.filter(({ outcome }) => outcome === 'denied')).toMatchObject([
      { action: 'room.read', subjectId: roomId, details: { more: 2 } },
    ]);
    await socket.close();
  });
});

describe('a session that ends', () => {
  it('closes its sockets with 4403 within 2 s: logout-all, a ban, one session of several', async () => {
    const [patient, banned] = [await server.people.patient(), await server.people.patient()];
    const other = await server.people.logIn(patient);
    const [first, second, third] = [
      await TestSocket.as(server, patient),
      await TestSocket.as(server, other),
      await TestSocket.as(server, banned),
    ];
    let since = performance.now();
    await patient.api('DELETE', `/auth/sessions/${patient.sessionId}`);
    expect(await first.closed).toMatchObject({ code: 4403 });
    await second.settled();
    await other.api('POST', '/auth/logout-all');
    expect(await second.closed).toMatchObject({ code: 4403 });
    const admin = await server.people.admin();
    await admin.api('POST', `/admin/users/${banned.id}/ban`, { reason: 'Abuse.', durationMinutes: 5 });
    expect(await third.closed).toMatchObject({ code: 4403 });
    expect(performance.now() - since).toBeLessThan(2000);

    const gateway = await addGateway(server, {}, { bus: { ...server.ctx.bus, ...deafBus } });
    const deaf = await TestSocket.open(gateway.url, { bearer: (await server.people.logIn(patient)).accessToken });
    since = performance.now();
    await (await server.people.logIn(patient)).api('POST', '/auth/logout-all');
    expect(await deaf.closed).toMatchObject({ code: 4403 });
    expect(performance.now() - since).toBeLessThan(2000);
    await gateway.close();
  });
});

describe('who is banned', () => {
  it.each(['patient', 'doctor'] as const)(
    'hears nothing that is said from the answer on, on a node whose bus is deaf: a %s',
    async (who) => {
      const gateway = await addGateway(server, {}, { bus: { ...server.ctx.bus, ...deafBus } });
      const pair = await openRoom(server);
      const { roomId } = pair;
      const [banned, stays] = who === 'patient' ? [pair.patient, pair.doctor] : [pair.doctor, pair.patient];
      // What is diagnosed does not go back when its doctor is banned: the room stays open, with both in it.
      await diagnose(pair);
      const [onBanned, onStays] = [
        await TestSocket.open(gateway.url, { bearer: banned.accessToken }),
        await TestSocket.open(gateway.url, { bearer: stays.accessToken }),
      ];
      await onStays.say(roomId, 'Before.');
      await onBanned.messages(roomId, 1);
      const admin = await server.people.admin();
      const ban = { reason: 'Abuse.', durationMinutes: 5 };
      expect((await admin.api('POST', `/admin/users/${banned.id}/ban`, ban)).status).toBe(201);
      await onStays.say(roomId, 'After.');
      expect(await onBanned.closed).toMatchObject({ code: 4403 });
      expect(onBanned.messagesSoFar(roomId)).toHaveLength(1);
      await onStays.close();
      await gateway.close();
    },
  );
});

describe('a session that may be over', () => {
  it('gets no message until it was looked at; then, if it lives, all of them', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const [onPatient, onDoctor] = [await TestSocket.as(server, patient), await TestSocket.as(server, doctor)];
    await onPatient.settled();
    await server.ctx.tx(async (ctx) => {
      await ctx.db.execute(sql`LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE`);
      server.ctx.bus.publish(sessionsEnded, { accountId: patient.id });
      await onDoctor.say(roomId, 'Said meanwhile.');
      await onPatient.settled();
      expect(onPatient.messagesSoFar(roomId)).toEqual([]);
    });
    expect(await onPatient.messages(roomId, 1)).toMatchObject([{ seq: 1, text: 'Said meanwhile.' }]);
    await Promise.all([onPatient.close(), onDoctor.close()]);
  });
});

describe('an approval', () => {
  it('that is given or withdrawn starts the sockets of the doctor over', async () => {
    const admin = await server.people.admin();
    const pair = await openRoom(server);
    const socket = await TestSocket.as(server, pair.doctor);
    await admin.api('POST', `/admin/doctors/${pair.doctor.id}/reject`, { reason: 'The licence ran out.' });
    expect(await socket.next('closing')).toMatchObject({ reason: 'account-changed', retryAfterMs: 0 });
    expect(await socket.closed).toMatchObject({ code: 1012 });
    const again = await TestSocket.as(server, pair.doctor);
    expect(again.frames[0]).toMatchObject({ type: 'ready', rooms: [] });
    again.send({ type: 'send', clientId: 'a', roomId: pair.roomId, text: 'Still here.' });
    expect(await again.next('error')).toMatchObject({ code: 'not-found' });
    await admin.api('POST', `/admin/doctors/${pair.doctor.id}/approve`);
    expect(await again.closed).toMatchObject({ code: 1012 });
    await eventually('nothing is left open', () => again.socket.readyState === again.socket.CLOSED);
  });
});
