import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { sendMessage } from './send-message.ts';
import { openRoom } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

it('the sender is answered once red flags are told, and before anything else is', async () => {
  const { roomId, patient } = await openRoom(server);
  const order: string[] = [];
  const own = server.ctx.as({
    accountId: patient.id,
    role: 'patient',
    sessionId: patient.sessionId,
    approved: true,
    factorMissing: false,
  });
  const noting = Object.assign(Object.create(own.guard), { note: () => order.push('guard') });
  const jobs = {
    send: async ({ name }: { name: string }) => void order.push(name),
    sendSoon: ({ name }: { name: string }) => void order.push(name),
  };
  const said = { id: roomId, clientId: randomUUID(), text: 'I have severe chest pain.' };
  const answer = () => order.push('answer');
  await sendMessage({ ...own, guard: noting, jobs }, said, { answer });
  expect(order).toEqual(['care.flag-request', 'answer', 'guard', 'chat.tell-away']);
  // Sent again since the answer was lost: as the first time, but that a room is told of once in some minutes.
  order.length = 0;
  await sendMessage({ ...own, guard: noting, jobs }, said, { answer });
  expect(order).toEqual(['care.flag-request', 'answer', 'guard']);
});
