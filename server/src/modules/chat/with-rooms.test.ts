import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { inTwenties } from '../../../test/in-twenties.ts';
import { syncRoom } from './index.ts';
import { diagnose, type Pair, submitTo } from './test-support.ts';

describe('from the answer on', () => {
  /** Without a worker: no job helps. */
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ roles: ['api', 'chat'] });
  });
  afterAll(() => server.stop());

  async function open(): Promise<Pair> {
    const [patient, doctor] = await Promise.all([server.people.patient(), server.people.doctor()]);
    const roomId = await submitTo(patient, doctor);
    expect((await doctor.api('POST', `/requests/${roomId}/accept`)).status).toBe(200);
    await syncRoom(server.ctx, { requestId: roomId });
    return { roomId, patient, doctor };
  }

  const send = (by: Pair['patient'], roomId: string) =>
    by.api('POST', `/rooms/${roomId}/messages`, { clientId: crypto.randomUUID(), text: 'Too late?' });

  it('nothing is written in the room of a request that was closed, in a hundred of a hundred', async () => {
    const pairs = await inTwenties(Array(100).fill(null), () => [open()]);
    await inTwenties(pairs, (pair) => [diagnose(pair)]);
    const answers = await inTwenties(pairs, ({ roomId, patient, doctor }) => [
      doctor.api('POST', `/requests/${roomId}/close`).then(() => send(patient, roomId)),
    ]);
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.code}`))).toEqual(new Set(['409 room-closed']));
  });

  it('a doctor who released a request is out of its room, and the patient reads it closed', async () => {
    const { roomId, patient, doctor } = await open();
    expect((await doctor.api('POST', `/requests/${roomId}/release`, { reason: 'Away' })).status).toBe(200);
    expect((await doctor.api('GET', `/rooms/${roomId}`)).status).toBe(404);
    expect((await send(doctor, roomId)).status).toBe(404);
    expect((await patient.api('GET', `/rooms/${roomId}`)).body).toMatchObject({ status: 'closed' });
  });

  it('a doctor who handed a request over is out of its room, and the one who took it is in', async () => {
    const [{ roomId, patient, doctor }, to] = await Promise.all([open(), server.people.doctor()]);
    await doctor.api('POST', `/requests/${roomId}/transfer`, { doctorId: to.id });
    await patient.api('POST', `/requests/${roomId}/transfer/consent`);
    expect((await send(doctor, roomId)).status).toBe(201);
    expect((await to.api('POST', `/requests/${roomId}/transfer/accept`)).status).toBe(200);
    expect((await send(doctor, roomId)).status).toBe(404);
    expect((await doctor.api('GET', `/rooms/${roomId}`)).status).toBe(404);
    expect((await send(to, roomId)).status).toBe(201);
  });
});
