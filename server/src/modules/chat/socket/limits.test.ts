import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { rooms } from '../tables.ts';
import { addGateway, openRoom, refusalOf, TestSocket } from '../test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

v8.setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heldBytes(): number {
  collectGarbage();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

describe('too many frames', () => {
  it('are refused by name, and sent again later they are taken', async () => {
    const { roomId, patient } = await openRoom(server);
    const socket = await TestSocket.as(server, patient);
    for (let index = 0; index < 130; index += 1) {
      socket.send({ type: 'send', clientId: `${index}`, roomId, text: 'Hello.' });
    }
    await socket.next('error', ({ clientId }) => clientId === '129');
    const isAnswer = ({ type }: { type: string }) => type === 'ack' || type === 'error';
    await eventually('each is answered', () => socket.frames.filter(isAnswer).length === 130);
    const refused = socket.frames.filter((frame) => frame.type === 'error');
    for (const frame of refused) {
      expect(frame).toMatchObject({
        code: 'rate-limited',
        clientId: expect.any(String),
        retryAfterMs: expect.any(Number),
      });
    }
    const acked = socket.frames.flatMap((frame) => (frame.type === 'ack' ? [frame.clientId] : []));
    expect(new Set([...acked, ...refused.map(({ clientId }) => clientId)]).size).toBe(130);
    expect(acked.length + refused.length).toBe(130);
    await new Promise((resolve) => setTimeout(resolve, refused.at(-1)?.retryAfterMs));
    expect(await socket.say(roomId, 'Hello.', '129')).toMatchObject({ seq: acked.length + 1, duplicate: false });
    await socket.close();
  });

  it('for too long end the connection with 4429', async () => {
    const gateway = await addGateway(server, { floodCloseMs: 300 });
    const { patient } = await openRoom(server);
    const socket = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    const timer = setInterval(() => {
      for (let index = 0; index < 20; index += 1) socket.raw('{"type":"dance"}');
    }, 20);
    expect(await socket.closed).toMatchObject({ code: 4429 });
    clearInterval(timer);
    await gateway.close();
  });
});

describe('an account with several sockets', () => {
  it('has one rate for all of them together', async () => {
    const gateway = await addGateway(server, { accountFrameBurst: 30, accountFramesPerSecond: 1 });
    const { roomId, patient } = await openRoom(server);
    const open = () => TestSocket.open(gateway.url, { bearer: patient.accessToken });
    const sockets = [await open(), await open()];
    for (let index = 0; index < 40; index += 1) {
      sockets[index % 2]?.send({ type: 'send', clientId: `${index}`, roomId, text: 'Hello.' });
    }
    const answers = () =>
      sockets.flatMap(({ frames }) => frames).filter(({ type }) => type === 'ack' || type === 'error');
    await eventually('each is answered', () => answers().length === 40);
    expect(answers().filter(({ type }) => type === 'ack')).toHaveLength(30);
    for (const refused of answers().filter(({ type }) => type === 'error')) {
      expect(refused).toMatchObject({ code: 'rate-limited', retryAfterMs: expect.any(Number) });
    }
    for (const socket of sockets) await socket.close();
    await gateway.close();
  });
});

describe('an account that floods by several sockets, each of which keeps to its rate', () => {
  it('loses one after the other with 4429, until it pauses', async () => {
    const gateway = await addGateway(server, {
      accountFrameBurst: 5,
      accountFramesPerSecond: 5,
      frameBurst: 100_000,
      floodCloseMs: 300,
    });
    const patient = await server.people.patient();
    const open = () => TestSocket.open(gateway.url, { bearer: patient.accessToken });
    const sockets = [await open(), await open(), await open()];
    const timer = setInterval(() => {
      for (const socket of sockets.slice(0, 2)) socket.raw('{"type":"dance"}');
    }, 20);
    for (const socket of sockets.slice(0, 2)) expect(await socket.closed).toMatchObject({ code: 4429 });
    clearInterval(timer);
    expect(sockets[2]?.socket.readyState).toBe(WebSocket.OPEN);
    await sockets[2]?.close();
    await gateway.close();
  });
});

describe('a rush of sockets', () => {
  it('is let in at a rate; the others are told when to come back, before anything is looked up', async () => {
    const gateway = await addGateway(server, { acceptBurst: 3, acceptsPerSecond: 1 });
    const { patient } = await openRoom(server);
    const sockets: TestSocket[] = [];
    for (let index = 0; index < 3; index += 1) {
      sockets.push(await TestSocket.open(gateway.url, { bearer: patient.accessToken }));
    }
    expect(await refusalOf(gateway.url, { bearer: 'nobody' })).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    });
    for (const socket of sockets) await socket.close();
    await gateway.close();
  });

  it('of nobody, or of one account that has all it may have, takes no place from others', async () => {
    const gateway = await addGateway(server, { acceptBurst: 3, acceptsPerSecond: 0.001, socketsPerAccount: 1 });
    const [patient, other] = [await server.people.patient(), await server.people.patient()];
    const first = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    for (let index = 0; index < 10; index += 1) {
      expect(await refusalOf(gateway.url, {})).toMatchObject({ status: 401 });
      expect(await refusalOf(gateway.url, { bearer: 'nobody' })).toMatchObject({ status: 401 });
      expect(await refusalOf(gateway.url, { bearer: patient.accessToken })).toMatchObject({ status: 429 });
    }
    const second = await TestSocket.open(gateway.url, { bearer: other.accessToken });
    for (const socket of [first, second]) await socket.close();
    await gateway.close();
  });
});

describe('frames that cannot be read', () => {
  it('are answered, and the tenth within a minute ends the connection with 4409', async () => {
    const patient = await server.people.patient();
    const socket = await TestSocket.as(server, patient);
    for (const data of ['{', Buffer.from([1, 2, 3]), 'null', '[]', '{}', '{"type":1}', '"x"', '', 'nonsense']) {
      socket.raw(data);
      expect(await socket.next('error')).toMatchObject({ code: 'invalid-frame' });
    }
    // Wrong is not unreadable.
    for (let index = 0; index < 5; index += 1) socket.raw('{"type":"dance"}');
    await socket.settled();
    socket.raw('{');
    expect(await socket.closed).toMatchObject({ code: 4409 });
  });
});

describe('a reader that never reads', () => {
  it('costs a cursor and little memory, ends with 4408, and gets everything when it comes back', {
    timeout: 60_000,
  }, async () => {
    const gateway = await addGateway(server, { tooSlowMs: 500 });
    const { roomId, patient, doctor } = await openRoom(server);
    const count = 3000;
    await server.ctx.chatDb.execute(sql`
      INSERT INTO messages (room_id, seq, id, sender_id, client_id, text)
      SELECT ${roomId}, seq, gen_random_uuid(), ${doctor.id}, seq::text, repeat('x', 8000)
      FROM generate_series(1, ${sql.raw(String(count))}) AS seq`);
    await server.ctx.chatDb.update(rooms).set({ lastSeq: count }).where(sql`${rooms.roomId} = ${roomId}`);

    const socket = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    socket.send({ type: 'resume', rooms: [{ roomId, afterSeq: 0 }] });
    await socket.messages(roomId, 1);
    socket.socket.pause();
    const before = heldBytes();
    let most = 0;
    await eventually(
      'the server gave up',
      () => {
        most = Math.max(most, heldBytes() - before);
        return gateway.openSockets() === 0;
      },
      30_000,
    );
    // Of 24 MB what may be unsent is held here, and at times a page that is being read.
    expect(most).toBeLessThan(6_000_000);
    socket.socket.resume();
    expect(await socket.closed).toMatchObject({ code: 4408 });
    const got = socket.messagesSoFar(roomId).map(({ seq }) => seq);
    expect(got).toEqual(Array.from({ length: got.length }, (_, index) => index + 1));
    expect(got.length).toBeLessThan(count);

    const again = await TestSocket.open(gateway.url, { bearer: patient.accessToken });
    again.send({ type: 'resume', rooms: [{ roomId, afterSeq: got.length }] });
    const rest = await again.messages(roomId, count - got.length, 30_000);
    expect(rest.map(({ seq }) => seq)).toEqual(
      Array.from({ length: count - got.length }, (_, index) => got.length + index + 1),
    );
    await again.close();
    await gateway.close();
  });
});
