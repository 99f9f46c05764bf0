import { request } from 'node:http';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, origin, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { cookiesOf } from '../../../../test/http.ts';
import { socketTickets } from '../tables.ts';
import { dropExpiredTickets, hashOf } from '../take-ticket.ts';
import { addGateway, closeRoom, openRoom, refusalOf, TestSocket } from '../test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function refused(handshake: Parameters<typeof refusalOf>[1], url = server.url) {
  const { status, type, body } = await refusalOf(url, handshake);
  expect(type).toMatch(/^application\/problem\+json/);
  return [status, body.code];
}

describe('a socket with a bearer token', () => {
  it('opens, whatever page it comes from', async () => {
    const patient = await server.people.patient();
    const socket = await TestSocket.open(server.url, { bearer: patient.accessToken, origin: 'https://elsewhere.test' });
    expect(socket.socket.protocol).toBe('openward.chat.v1');
    expect(socket.frames[0]).toEqual({
      type: 'ready',
      connectionId: expect.any(String),
      accountId: patient.id,
      rooms: [],
      heartbeatMs: 20_000,
    });
    await socket.close();
  });

  it('is refused without one, with a bad one, and after logout, as HTTP', async () => {
    const patient = await server.people.patient();
    expect(await refused({})).toEqual([401, 'unauthenticated']);
    expect(await refused({ bearer: 'nonsense' })).toEqual([401, 'unauthenticated']);
    expect(await refused({ bearer: patient.refreshToken })).toEqual([401, 'unauthenticated']);
    await patient.api('POST', '/auth/logout');
    expect(await refused({ bearer: patient.accessToken })).toEqual([401, 'session-ended']);
  });

  it('is refused to the banned', async () => {
    const [admin, patient] = [await server.people.admin(), await server.people.patient()];
    await admin.api('POST', `/admin/users/${patient.id}/ban`, { reason: 'Abuse.', durationMinutes: 5 });
    expect(await refused({ bearer: patient.accessToken })).toEqual([403, 'account-banned']);
  });

  it('needs the subprotocol, and takes no other parameters', async () => {
    const { accessToken: bearer } = await server.people.patient();
    expect(await refused({ bearer, protocol: '' })).toEqual([400, 'invalid-request']);
    expect(await refused({ bearer, protocol: 'openward.chat.v2' })).toEqual([400, 'invalid-request']);
    const more = await server.api('GET', '/chat/socket?user=1', undefined, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    expect([more.status, more.body.errors[0].path]).toEqual([400, 'user']);
  });

  it('has no rooms for admins and for doctors who await approval', async () => {
    for (const person of [await server.people.admin(), await server.people.doctor({ approved: false })]) {
      const socket = await TestSocket.as(server, person);
      expect(socket.frames[0]).toMatchObject({ type: 'ready', rooms: [] });
      await socket.close();
    }
  });
});

describe('a socket with cookies', () => {
  it('opens for pages of this site alone', async () => {
    const patient = await server.people.patient();
    const login = await server.api(
      'POST',
      '/auth/login',
      { email: patient.email, password: patient.password },
      { headers: { origin } },
    );
    expect(login.status).toBe(200);
    const cookie = cookiesOf(login);
    await (await TestSocket.open(server.url, { cookie, origin })).close();
    expect(await refused({ cookie })).toEqual([403, 'cross-site']);
    expect(await refused({ cookie, origin: 'https://evil.test' })).toEqual([403, 'cross-site']);
    expect(await refused({ cookie, origin: `${origin}.evil.test` })).toEqual([403, 'cross-site']);
    expect(await refused({ cookie, origin: 'null' })).toEqual([403, 'cross-site']);
  });
});

describe('a ticket', () => {
  it('opens one socket, whoever is first', async () => {
    const { roomId, patient } = await openRoom(server);
    const issued = await patient.api('POST', '/chat/tickets');
    expect([issued.status, issued.body]).toEqual([201, { ticket: expect.any(String), expiresInS: 30 }]);
    const { ticket } = issued.body;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => TestSocket.open(server.url, { ticket })),
    );
    const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(opened).toHaveLength(1);
    expect(opened[0]?.frames[0]).toMatchObject({ accountId: patient.id, rooms: [{ roomId }] });
    expect(await refused({ ticket })).toEqual([401, 'unauthenticated']);
    await opened[0]?.close();
  });

  it('is no good once it is too old, once its session is over, or when nobody issued it', async () => {
    const patient = await server.people.patient();
    const [late, orphan] = [await patient.api('POST', '/chat/tickets'), await patient.api('POST', '/chat/tickets')];
    const ofLate = eq(socketTickets.ticketHash, hashOf(late.body.ticket));
    await server.ctx.chatDb.update(socketTickets).set({ expiresAt: '2026-01-01T00:00:00.000Z' }).where(ofLate);
    expect(await refused({ ticket: late.body.ticket })).toEqual([401, 'unauthenticated']);
    await patient.api('POST', '/auth/logout');
    expect(await refused({ ticket: orphan.body.ticket })).toEqual([401, 'session-ended']);
    expect(await refused({ ticket: 'nonsense' })).toEqual([401, 'unauthenticated']);
  });

  it('is stored as a hash only, and dropped when nobody used it in time', async () => {
    const patient = await server.people.patient();
    const { body } = await patient.api('POST', '/chat/tickets');
    const find = () => server.ctx.chatDb.select().from(socketTickets).where(eq(socketTickets.accountId, patient.id));
    expect(JSON.stringify(await find())).not.toContain(body.ticket);
    await dropExpiredTickets(server.ctx);
    expect(await find()).toHaveLength(1);
    await server.ctx.chatDb.update(socketTickets).set({ expiresAt: '2026-01-01T00:00:00.000Z' });
    await dropExpiredTickets(server.ctx);
    expect(await find()).toEqual([]);
  });
});

describe('a call that is no handshake', () => {
  it('is answered as HTTP', async () => {
    const patient = await server.people.patient();
    expect((await server.api('GET', '/chat/socket')).status).toBe(401);
    const plain = await patient.api('GET', '/chat/socket');
    expect([plain.status, plain.body.code]).toEqual([426, 'invalid-request']);
    // RFC 9110, 15.5.22: which protocol to come back with.
    expect(plain.headers.get('upgrade')).toBe('websocket');
    expect((await patient.api('POST', '/chat/socket')).status).toBe(404);
  });

  it('of another path is answered there, and an offer of another protocol is declined', async () => {
    const patient = await server.people.patient();
    const call = (path: string, headers: Record<string, string>, method = 'GET', body = '') =>
      new Promise<number>((resolve, reject) => {
        const outgoing = request(server.url + path, {
          method,
          headers: { connection: 'Upgrade', authorization: `Bearer ${patient.accessToken}`, ...headers },
        });
        outgoing.once('response', (response) => resolve(response.resume().statusCode ?? 0));
        outgoing.once('error', reject);
        outgoing.end(body);
      });
    expect(await call('/api/v1/nothing', { upgrade: 'websocket' })).toBe(404);
    expect(await call('/api/v1/rooms', { upgrade: 'h2c' })).toBe(200);
    const json = { upgrade: 'h2c', 'content-type': 'application/json' };
    expect(await call('/api/v1/auth/forgot-password', json, 'POST', '{"email":"a@b.test"}')).toBe(202);
    expect(await call('/api/v1/chat/socket', { upgrade: 'websocket', 'sec-websocket-version': '8' })).toBe(400);
  });
});

describe('sockets are bounded', () => {
  it('by account', async () => {
    const gateway = await addGateway(server, { socketsPerAccount: 2 });
    const patient = await server.people.patient();
    const handshake = { bearer: patient.accessToken };
    const [first, second] = [
      await TestSocket.open(gateway.url, handshake),
      await TestSocket.open(gateway.url, handshake),
    ];
    expect(await refused(handshake, gateway.url)).toEqual([429, 'rate-limited']);
    await first.close();
    await eventually('the socket is gone', () => gateway.openSockets() === 1);
    await (await TestSocket.open(gateway.url, handshake)).close();
    await second.close();
    await gateway.close();
  });

  it('by how often they are opened', async () => {
    const strict = await startTestServer({ limits: { 'socket.connect': { points: 2, windowS: 60 } } });
    const { accessToken: bearer } = await strict.people.patient();
    for (let opened = 0; opened < 2; opened += 1) await (await TestSocket.open(strict.url, { bearer })).close();
    expect(await refused({ bearer }, strict.url)).toEqual([429, 'rate-limited']);
    await strict.stop();
  });

  it('by how many rooms they carry: the newest; of others they say so, and of those that are none', async () => {
    const gateway = await addGateway(server, { roomsPerSocket: 1 });
    const patient = await server.people.patient();
    const older = await openRoom(server, { patient });
    const newer = await openRoom(server, { patient });
    const socket = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    expect(socket.frames[0]).toMatchObject({ rooms: [{ roomId: newer.roomId }] });
    socket.send({ type: 'send', clientId: 'a', roomId: older.roomId, text: 'Hello.' });
    expect(await socket.next('error')).toMatchObject({ code: 'forbidden', clientId: 'a' });
    const asked = [older.roomId, newer.roomId, '00000000-0000-7000-8000-000000000001'];
    socket.send({ type: 'resume', rooms: asked.map((roomId) => ({ roomId, afterSeq: 0 })) });
    expect(await socket.next('resumed')).toMatchObject({ roomId: newer.roomId });
    expect(await socket.next('error')).toMatchObject({ code: 'forbidden' });
    expect(await socket.next('error')).toMatchObject({ code: 'not-found' });
    await socket.close();
    await gateway.close();
  });

  it('by rooms, of which those that are open come before newer ones that are closed', async () => {
    const gateway = await addGateway(server, { roomsPerSocket: 2 });
    const doctor = await server.people.doctor();
    const [open, first, second] = [
      await openRoom(server, { doctor }),
      await openRoom(server, { doctor }),
      await openRoom(server, { doctor }),
    ];
    await closeRoom(first);
    await closeRoom(second);
    const socket = await TestSocket.open(gateway.url, { bearer: doctor.accessToken });
    expect(socket.frames[0]).toMatchObject({ rooms: [{ roomId: open.roomId }, { roomId: second.roomId }] });
    await socket.close();
    await gateway.close();
  });

  it('by rooms, of which one that opens takes the place of one that is closed, else of the oldest', async () => {
    const gateway = await addGateway(server, { roomsPerSocket: 2 });
    const doctor = await server.people.doctor();
    const [first, second] = [await openRoom(server, { doctor }), await openRoom(server, { doctor })];
    await closeRoom(second);
    const socket = await TestSocket.open(gateway.url, { bearer: doctor.accessToken });
    await socket.settled();
    for (const goes of [second, first]) {
      const opened = await openRoom(server, { doctor });
      expect(await socket.next('reset')).toMatchObject({ roomId: goes.roomId, reason: 'beyond-limit' });
      expect(await socket.next('room')).toEqual({ type: 'room', roomId: opened.roomId, status: 'open' });
      await opened.patient.api('POST', `/rooms/${opened.roomId}/messages`, { clientId: 'a', text: 'Good morning.' });
      expect(await socket.messages(opened.roomId, 1)).toMatchObject([{ seq: 1 }]);
      expect(await socket.say(opened.roomId, 'Good morning.')).toMatchObject({ seq: 2 });
    }
    await socket.settled();
    expect(socket.frames.filter(({ type }) => type === 'reset')).toHaveLength(2);
    await socket.close();
    await gateway.close();
  });
});

describe('a node that stops', () => {
  it('says when to come back, closes with 1012, and lets what it has begun come to its end', async () => {
    const pair = await openRoom(server);
    const gateway = await addGateway(server);
    const socket = await TestSocket.open(gateway.url, { bearer: pair.patient.accessToken });
    for (let index = 0; index < 10; index += 1) {
      socket.send({ type: 'send', clientId: `${index}`, roomId: pair.roomId, text: `${index}` });
    }
    await socket.next('ack');
    const closing = gateway.close();
    expect(await socket.next('closing')).toMatchObject({ reason: 'restart', retryAfterMs: expect.any(Number) });
    expect(await socket.closed).toEqual({ code: 1012, reason: 'restart' });
    await closing;
    const acked = socket.frames.filter(({ type }) => type === 'ack').length;
    const { body } = await pair.doctor.api('GET', `/rooms/${pair.roomId}`);
    expect(body.lastSeq).toBe(acked);
  });
});
