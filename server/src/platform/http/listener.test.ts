import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { png } from '../../../test/images.ts';
import { RawConnection, requestText } from '../../../test/raw-connection.ts';
import type { HttpLimits } from '../../limits.ts';
import { openRoom } from '../../modules/chat/test-support.ts';
import { createMetrics, type Metrics } from '../metrics.ts';

const live = '/health/live';

/** A server that trusts no proxy, so that 127.0.0.x are addresses like others, and what it has refused and cut. */
async function startBounded(
  http: Partial<HttpLimits>,
): Promise<{ server: TestServer; refused: string[]; cuts: string[]; open(): number }> {
  const [refused, cuts]: [string[], string[]] = [[], []];
  let open = 0;
  const connections: Metrics['connections'] = {
    open: (count) => (open = count),
    refused: (why) => refused.push(why),
    cut: (why) => cuts.push(why),
  };
  const server = await startTestServer({
    limits: { http },
    environment: { TRUST_PROXY: '' },
    overrides: { metrics: { ...createMetrics(), connections } },
  });
  return { server, refused, cuts, open: () => open };
}

const openMany = (url: string, count: number, from: string) =>
  Promise.all(Array.from({ length: count }, () => RawConnection.open(url, from)));
const closeAll = (connections: RawConnection[]) => Promise.all(connections.map((one) => one.close()));

describe('how many may connect', () => {
  let bounded: Awaited<ReturnType<typeof startBounded>>;
  beforeAll(async () => {
    const http = { maxConnections: 40, connectionsPerAddress: 20, connectionsPerAddressWhenCrowded: 3 };
    bounded = await startBounded({ ...http, headersMs: 60_000, bodyGraceMs: 100 });
  });
  afterAll(() => bounded.server.stop());
  const none = () => eventually('all are gone', () => bounded.open() === 0);

  test('an address has so many connections and not one more; others do not notice, and the next is taken when one has gone', async () => {
    const { url } = bounded.server;
    const held = await openMany(url, 20, '127.0.0.2');
    expect(await Promise.all(held.map((one) => one.ask(live)))).toEqual(held.map(() => 200));
    const over = await RawConnection.open(url, '127.0.0.2');
    await over.closed;
    expect(over.received).toBe('');
    expect(bounded.refused).toEqual(['address']);
    const other = await RawConnection.open(url, '127.0.0.3');
    expect(await other.ask(live)).toBe(200);
    await held[0]?.close();
    const next = await eventually('the next is taken', async () => {
      const one = await RawConnection.open(url, '127.0.0.2');
      return (await one.ask(live)) === 200 ? one : null;
    });
    await closeAll([...held, other, next]);
    await none();
  });

  test('from three quarters on addresses that have few still get in, until all places are taken', async () => {
    const { url } = bounded.server;
    const held = [...(await openMany(url, 20, '127.0.0.4')), ...(await openMany(url, 10, '127.0.0.5'))];
    await Promise.all(held.map((one) => one.ask(live)));
    const crowded = await RawConnection.open(url, '127.0.0.5');
    await crowded.closed;
    expect(bounded.refused.at(-1)).toBe('crowded');
    for (const from of ['127.0.0.6', '127.0.0.7', '127.0.0.8', '127.0.0.9']) {
      const few = await openMany(url, from === '127.0.0.9' ? 1 : 3, from);
      expect(await Promise.all(few.map((one) => one.ask(live)))).toEqual(few.map(() => 200));
      held.push(...few);
    }
    const beyond = await RawConnection.open(url, '127.0.0.10');
    await beyond.closed;
    expect(bounded.refused.at(-1)).toBe('total');
    await closeAll(held);
    await none();
  });
});

test('300 people of a clinic behind one address, each with a browser and a chat socket’s connection, are all served', async () => {
  const { server, refused } = await startBounded({});
  const held = await openMany(server.url, 600, '127.0.0.2');
  expect(new Set(await Promise.all(held.map((one) => one.ask(live))))).toEqual(new Set([200]));
  expect(refused).toEqual([]);
  await closeAll(held);
  await server.stop();
});

describe('the pace', () => {
  let bounded: Awaited<ReturnType<typeof startBounded>>;
  beforeAll(async () => {
    const pace = { bodyGraceMs: 600, bodyBytesPerS: 1000, readerGraceMs: 600, readerBytesPerS: 1000 };
    bounded = await startBounded({ headersMs: 600, ...pace });
  });
  afterAll(() => bounded.server.stop());

  /** Writes a piece every so often until the other side ends. @returns how long that took. */
  async function drip(connection: RawConnection, piece: string, everyMs: number): Promise<number> {
    const beganAtMs = performance.now();
    while (!connection.ended && performance.now() - beganAtMs < 10_000) {
      connection.write(piece);
      await Promise.race([sleep(everyMs), connection.closed]);
    }
    return performance.now() - beganAtMs;
  }

  test('headers that come drop by drop are ended in time with 408, and so is a connection that says nothing', async () => {
    const [dripping, silent] = await openMany(bounded.server.url, 2, '127.0.0.2');
    if (dripping === undefined || silent === undefined) throw new Error('No connections.');
    dripping.write(`GET ${live} HTTP/1.1\r\n`);
    const [tookMs] = await Promise.all([drip(dripping, 'x-a: b\r\n', 50), silent.closed]);
    expect(tookMs).toBeGreaterThan(500);
    expect(tookMs).toBeLessThan(5000);
    for (const one of [dripping, silent]) {
      expect(one.statuses).toEqual([408]);
      expect(one.received).toContain('came too slowly');
    }
    expect(bounded.cuts.filter((why) => why === 'slow-request')).toHaveLength(2);
  });

  test('a body of a byte now and then is ended with 408, long before its request would be', async () => {
    const dripping = await RawConnection.open(bounded.server.url, '127.0.0.2');
    dripping.write(
      'POST /api/v1/auth/tokens HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n',
    );
    expect(await drip(dripping, ' ', 50)).toBeLessThan(5000);
    expect(dripping.statuses).toEqual([408]);
    expect(bounded.cuts).toContain('slow-body');
  });

  test('a chunked body cannot hide its pace', async () => {
    const dripping = await RawConnection.open(bounded.server.url, '127.0.0.2');
    dripping.write(
      'POST /api/v1/auth/tokens HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    expect(await drip(dripping, '1\r\n \r\n', 50)).toBeLessThan(5000);
    expect(dripping.statuses).toEqual([408]);
  });

  test('a file on a slow line arrives: it takes three times the grace, at an honest pace', async () => {
    const { server, cuts } = bounded;
    const { roomId, patient } = await openRoom(server);
    const file = png();
    const before = cuts.length;
    const padded = Buffer.concat([file, Buffer.alloc(Math.max(0, 6000 - file.length))]);
    const connection = await RawConnection.open(server.url, '127.0.0.2');
    connection.write(
      `POST /api/v1/rooms/${roomId}/attachments?name=knee.png HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${patient.accessToken}\r\n` +
        `content-type: image/png\r\ncontent-length: ${padded.length}\r\n\r\n`,
    );
    for (let at = 0; at < padded.length; at += 300) {
      connection.socket.write(padded.subarray(at, at + 300));
      await sleep(90);
    }
    await eventually('an answer', () => connection.statuses.length === 1);
    expect(connection.statuses).toEqual([201]);
    expect(cuts).toHaveLength(before);
    await connection.close();
  });

  /** More than kernels keep for a connection. */
  const asMuch = requestText('/openapi.json').repeat(60);

  test('a reader that does not read is cut', async () => {
    const deaf = await RawConnection.open(bounded.server.url, '127.0.0.2');
    deaf.socket.pause();
    deaf.write(asMuch);
    await eventually('it is cut', () => bounded.cuts.includes('slow-reader'));
    await deaf.close();
  });

  test('a slow reader at an honest pace gets everything', async () => {
    const before = bounded.cuts.length;
    const slow = await RawConnection.open(bounded.server.url, '127.0.0.2');
    slow.write(asMuch);
    const beganAtMs = performance.now();
    while (slow.statuses.length < 60 && performance.now() - beganAtMs < 30_000 && !slow.ended) {
      slow.socket.resume();
      await sleep(5);
      slow.socket.pause();
      await sleep(60);
    }
    expect(performance.now() - beganAtMs).toBeGreaterThan(600);
    expect(slow.statuses).toEqual(Array.from({ length: 60 }, () => 200));
    expect(bounded.cuts).toHaveLength(before);
    await slow.close();
  });
});

describe('what one connection may ask', () => {
  let bounded: Awaited<ReturnType<typeof startBounded>>;
  beforeAll(async () => {
    bounded = await startBounded({ maxPipelined: 10, requestsPerConnection: 30, maxHeaders: 20 });
  });
  afterAll(() => bounded.server.stop());

  test('ten calls may wait behind the one that is answered, not eleven', async () => {
    const { url } = bounded.server;
    const [fine, over] = await openMany(url, 2, '127.0.0.2');
    fine?.write(requestText('/health/ready').repeat(11));
    await eventually('all are answered', () => fine?.statuses.length === 11);
    expect(new Set(fine?.statuses)).toEqual(new Set([200]));
    over?.write(requestText('/health/ready').repeat(12));
    await over?.closed;
    expect(bounded.cuts).toEqual(['pipelining']);
    // Those that were answered wait behind nobody any more.
    expect(await fine?.ask(live)).toBe(200);
    await fine?.close();
  });

  test('after its last call a connection is closed, and that is said with the answer', async () => {
    const connection = await RawConnection.open(bounded.server.url, '127.0.0.2');
    for (let call = 0; call < 30; call += 1) expect(await connection.ask(live)).toBe(200);
    await connection.closed;
    expect(connection.received.match(/connection: close/gi)).toHaveLength(1);
  });

  test('twenty headers are read, the next is 431 and not left out; so are headers that are too large', async () => {
    const connection = await RawConnection.open(bounded.server.url, '127.0.0.2');
    const lines = (count: number) => Array.from({ length: count }, (_, n) => `x-${n}: 1`);
    expect(await connection.ask(live, lines(19))).toBe(200);
    expect(await connection.ask(live, lines(20))).toBe(431);
    expect(connection.received).toContain('at most 20 headers');
    await connection.closed;
    const large = await RawConnection.open(bounded.server.url, '127.0.0.2');
    expect(await large.ask(live, [`x-a: ${'a'.repeat(17_000)}`])).toBe(431);
    await large.closed;
  });
});
