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

/** The least of some looks, since what has ended lets go of things in turns of its own. */
async function heldBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 5; look += 1) {
    await new Promise(setImmediate);
    collect();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

const clients = new URL('../../../../test/idle-clients.ts', import.meta.url);

it('an idle socket holds less than 6,500 bytes of objects', async () => {
  const pairs = await Promise.all(Array.from({ length: 3 }, () => openRoom(server)));
  const people = pairs.flatMap(({ patient, doctor }) => [patient, doctor]);
  const tokens = Array.from({ length: 300 }, (_, index) => people[index % people.length]?.accessToken ?? '');
  const gateway = await addGateway(server, { heartbeatMs: 300 });
  const url = `${gateway.url.replace('http', 'ws')}/api/v1/chat/socket`;

  /** @returns what is held beside 300 sockets that two heartbeats have gone over. */
  const hold = async (): Promise<number> => {
    const worker = new Worker(clients, { workerData: { url, tokens, subprotocol } });
    expect(await once(worker, 'message')).toEqual(['open']);
    expect(await once(worker, 'message')).toEqual(['idle']);
    const bytes = await heldBytes();
    worker.postMessage('end');
    await once(worker, 'exit');
    await eventually('all are closed', () => gateway.openSockets() === 0);
    return bytes;
  };
  // Code that is compiled, and copies that stay, are no cost of a socket.
  await hold();
  const before = await heldBytes();
  const each = ((await hold()) - before) / tokens.length;
  // Less is not to be had: nothing was measured.
  expect(each).toBeGreaterThan(2000);
  expect(each).toBeLessThan(6500);
  await gateway.close();
});
