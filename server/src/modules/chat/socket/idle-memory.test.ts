import { once } from 'node:events';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { subprotocol } from '@openward/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../../test/harness.ts';
import { addGateway, openRoom } from '../test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

v8.setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function heldBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

const clients = new URL('../../../../test/idle-clients.ts', import.meta.url);

it('an idle socket holds less than 6,500 bytes of objects', async () => {
  const pairs = await Promise.all(Array.from({ length: 3 }, () => openRoom(server)));
  const people = pairs.flatMap(({ patient, doctor }) => [patient, doctor]);
  const tokens = Array.from({ length: 300 }, (_, index) => people[index % people.length]?.accessToken ?? '');
  const gateway = await addGateway(server, { firstFrameMs: 50 });
  const url = `${gateway.url.replace('http', 'ws')}/api/v1/chat/socket`;

  const open = async (): Promise<Worker> => {
    const worker = new Worker(clients, { workerData: { url, subprotocol, tokens } });
    await once(worker, 'message');
    expect(gateway.openSockets()).toBe(tokens.length);
    return worker;
  };
  const close = async (worker: Worker): Promise<void> => {
    worker.postMessage('end');
    await once(worker, 'exit');
    await eventually('all are closed', () => gateway.openSockets() === 0);
  };
  // Code that is compiled, and copies that stay, are no cost of a socket.
  await close(await open());
  const before = heldBytes();
  const worker = await open();
  const eachBytes = () => (heldBytes() - before) / tokens.length;
  // What belongs to coming in is let go of in a turn of its own.
  await eventually('each holds less', () => eachBytes() < 6500);
  // If it were still less, nothing would have been measured.
  expect(eachBytes()).toBeGreaterThan(1000);
  await close(worker);
  await gateway.close();
});
