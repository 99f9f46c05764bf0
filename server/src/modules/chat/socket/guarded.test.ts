import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf } from '../../../../test/database.ts';
import { eventually } from '../../../../test/eventually.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import type { Signal } from '../../../platform/guard.ts';
import { newId } from '../../../platform/id.ts';
import { openRoom, refusalOf, TestSocket } from '../test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ environment: { ABUSE_DETECTION: 'on' } });
});
afterAll(() => server.stop());

/** As if somebody had done something so many times already. */
function earlier({ id, sessionId }: Person, count: number, signal: (index: number) => Signal): void {
  const actor = { accountId: id, role: 'patient' as const, sessionId, approved: true, factorMissing: false };
  const ctx = server.ctx.as(actor, { requestId: null, ip: '192.0.2.1', userAgent: null });
  for (let index = 0; index < count; index += 1) ctx.guard.note(ctx, signal(index));
}

const untilStep = (rule: string, { id }: Person, step: string) =>
  eventually(`${rule} is at ${step}`, async () => {
    const open = sql`SELECT count(*) AS n FROM abuse_cases WHERE rule = ${rule} AND subject = ${id} AND step = ${step}`;
    return (await countOf(server.ctx, open)) === 1;
  });

describe('a flood', () => {
  it('of frames is counted where they are refused, and then one frame passes in half a second', async () => {
    const { roomId, patient } = await openRoom(server);
    const socket = await TestSocket.as(server, patient);
    earlier(patient, 295, () => ({ kind: 'frame-refused' }));
    for (let index = 0; index < 120; index += 1) socket.send({ type: 'typing', roomId });
    await untilStep('frame-flood', patient, 'slow');
    const refused = async (clientId: string) => {
      socket.send({ type: 'send', clientId, roomId, text: 'Hello.' });
      return socket.next('error', (frame) => frame.clientId === clientId);
    };
    socket.send({ type: 'typing', roomId });
    const { code, retryAfterMs } = await refused('a');
    expect(code).toBe('rate-limited');
    expect(retryAfterMs).toBeGreaterThan(0);
    await socket.close();
  });

  it('of messages into many rooms is counted over HTTP and the socket, and ends in a block of the chat alone', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const another = await openRoom(server, { patient });
    const socket = await TestSocket.as(server, patient);
    earlier(patient, 38, () => ({ kind: 'message-sent', what: newId() }));
    await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'h1', text: 'Hello.' });
    await socket.say(another.roomId, 'Hello.', 's1');
    await untilStep('room-flood', patient, 'slow');
    earlier(patient, 40, () => ({ kind: 'message-sent', what: newId() }));
    await untilStep('room-flood', patient, 'block');

    socket.send({ type: 'send', clientId: 's2', roomId, text: 'Hello.' });
    const { retryAfterMs } = await socket.next('error', ({ clientId }) => clientId === 's2');
    expect(retryAfterMs).toBeGreaterThan(14 * 60_000);
    const sent = await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'h2', text: 'Hello.' });
    expect(sent.body.code).toBe('temporarily-blocked');
    expect((await patient.api('POST', '/chat/tickets')).body.code).toBe('temporarily-blocked');
    expect(await refusalOf(server.url, { bearer: patient.accessToken })).toMatchObject({
      status: 403,
      body: { code: 'temporarily-blocked' },
    });
    expect((await patient.api('GET', `/rooms/${roomId}/messages`)).status).toBe(200);
    expect((await patient.api('GET', '/requests')).status).toBe(200);
    // The other one in the room goes on.
    const answer = await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'd1', text: 'Hello.' });
    expect(answer.status).toBe(201);
    await socket.close();
  });
});
