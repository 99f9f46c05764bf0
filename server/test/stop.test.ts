import { basePath, subprotocol } from '@openward/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ClusterNode } from './faults/cluster/node.ts';
import { eventually, startTestServer, type TestServer } from './harness.ts';
import { createApi } from './http.ts';
import { openTestNodes, type TestNodes } from './processes.ts';

let server: TestServer;
let nodes: TestNodes;
beforeAll(async () => {
  server = await startTestServer({ roles: ['api'] });
  nodes = await openTestNodes(server);
});
afterAll(async () => {
  await nodes.stop();
  await server.stop();
});

type Goodbye = { code: number; frame: { type: string; reason: string; retryAfterMs: number } };

async function openSocket({ url }: ClusterNode, accessToken: string): Promise<{ ended: Promise<Goodbye> }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${basePath}/chat/socket`, subprotocol, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  let last = '';
  socket.on('message', (data) => {
    last = String(data);
  });
  const ended = new Promise<Goodbye>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', (code) => resolve({ code, frame: JSON.parse(last) }));
  });
  await eventually('ready', () => last.includes('"ready"'));
  return { ended };
}

describe('a node that is told to stop', () => {
  it('is not ready first, goes on serving for the time of draining, sends sockets away one by one, and ends with 0', async () => {
    const node = await nodes.open({ environment: { STOP_DRAIN_MS: '1200' } });
    await node.start();
    const patients = await Promise.all(Array.from({ length: 6 }, () => server.people.patient()));
    const sockets = await Promise.all(patients.map(({ accessToken }) => openSocket(node, accessToken)));
    const api = createApi(node.url, { authorization: `Bearer ${patients[0]?.accessToken}` });

    const startedAt = performance.now();
    const ended = node.terminate();
    const ready = await eventually('it says that it is not ready', async () => {
      const answer = await api('GET', '//health/ready');
      return answer.status === 503 ? answer : null;
    });
    expect(ready.body).toMatchObject({ code: 'unavailable', status: 'stopping' });
    expect(Number(ready.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await api('GET', '//health/live')).status).toBe(200);
    const served = await api('GET', '/me');
    expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
    expect(performance.now() - startedAt).toBeLessThan(1200);

    const goodbyes = await Promise.all(sockets.map((socket) => socket.ended));
    expect(performance.now() - startedAt).toBeGreaterThan(1200);
    for (const { code, frame } of goodbyes)
      expect([code, frame.type, frame.reason]).toEqual([1012, 'closing', 'restart']);
    const waits = goodbyes.map(({ frame }) => frame.retryAfterMs);
    expect(new Set(waits).size).toBeGreaterThan(3);
    expect(Math.min(...waits)).toBeGreaterThan(0);
    expect(await ended).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(6000);
    await expect(fetch(node.url)).rejects.toThrow();
  });

  it('ends in less than fifteen seconds though neither database answers any more', async () => {
    const node = await nodes.open({ environment: { LOG_LEVEL: 'warn' } });
    await node.start();
    const { accessToken } = await server.people.patient();
    await openSocket(node, accessToken);
    node.ways.main.silence();
    node.ways.chat.silence();
    void fetch(`${node.url}${basePath}/me`, { headers: { authorization: `Bearer ${accessToken}` } }).catch(() => {});
    const startedAt = performance.now();
    const code = await node.terminate();
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect([0, 1]).toContain(code);
  });
});
