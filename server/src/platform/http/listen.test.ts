import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { RawConnection, requestText } from '../../../test/raw-connection.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test.skipIf(process.platform !== 'linux')(
  'many who connect at once to a busy loop are taken within a few turns of it, not one in a turn',
  async () => {
    const count = 600;
    let turns = 0;
    let busy = true;
    // Connected they are by the kernel alone: nobody has taken them yet.
    const connections = await Promise.all(Array.from({ length: count }, () => RawConnection.open(server.url)));
    for (const connection of connections) connection.write(requestText('/health/live'));
    const turn = () => {
      turns += 1;
      const untilMs = performance.now() + 5;
      while (performance.now() < untilMs);
      if (busy) setImmediate(turn);
    };
    turn();
    await eventually('all are answered', () => connections.every(({ statuses }) => statuses.length === 1));
    busy = false;
    expect(turns).toBeLessThan(count / 2);
    await Promise.all(connections.map((connection) => connection.close()));
  },
);

test('a port on which somebody listens is taken from nobody: the start fails, and says so', async () => {
  const { port } = new URL(server.url);
  await expect(server.addNode({ environment: { PORT: port } })).rejects.toThrow('is in use. Set PORT to another.');
});

test('who is being answered when the node stops gets the answer, on whichever socket they came', async () => {
  const node = await server.addNode();
  const connections = await Promise.all(Array.from({ length: 40 }, () => RawConnection.open(node.url)));
  expect(await Promise.all(connections.map((one) => one.ask('/health/live')))).toEqual(connections.map(() => 200));
  for (const one of connections) one.write(requestText('/health/ready'));
  await eventually('some are under way', () => connections.some(({ statuses }) => statuses.length === 2));
  await node.stop();
  for (const one of connections) {
    await one.closed;
    expect([1, 2]).toContain(one.statuses.length);
  }
  await expect(fetch(`${node.url}/health/live`)).rejects.toThrow();
});
