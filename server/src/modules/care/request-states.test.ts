import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { acceptAs, diagnose, openRoom, release } from '../chat/test-support.ts';
import { requestStates } from './request-states.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

it('of a request that a doctor treats no more they learn that it was taken, and nothing of what became of it', async () => {
  const { roomId, patient, doctor } = await openRoom(server);
  await release({ roomId, patient, doctor });
  const next = await server.people.doctor();
  await acceptAs(next, roomId);
  await diagnose({ roomId, patient, doctor: next });
  const seenBy = async ({ id, sessionId }: Person, role: 'doctor' | 'patient') => {
    const actor = { accountId: id, sessionId, role, approved: true } as NonNullable<TestServer['ctx']['actor']>;
    return (await requestStates(server.ctx.as(actor), [roomId])).get(roomId);
  };
  expect(await seenBy(doctor, 'doctor')).toEqual({ status: 'accepted', roomId: null });
  expect(await seenBy(next, 'doctor')).toEqual({ status: 'diagnosed', roomId });
  expect(await seenBy(patient, 'patient')).toEqual({ status: 'diagnosed', roomId });
});
