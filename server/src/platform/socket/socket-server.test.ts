import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fastify } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Problem } from '../problem.ts';
import type { SocketHandlers, SocketLink } from './socket-link.ts';
import { type SocketServer, serveSocket } from './socket-server.ts';
import { textFrame } from './text-frame.ts';

const limits = {
  maxFrameBytes: 64 * 1024,
  maxFragments: 64,
  framesPerSecond: 1000,
  frameBurst: 1000,
  floodCloseMs: 300,
  maxBadFramesPerMinute: 3,
  heartbeatMs: 60_000,
  maxUnsentBytes: 256 * 1024,
  tooSlowMs: 60_000,
};

type Server = {
  url: string;
  server: SocketServer;
  links: SocketLink[];
  /** What came with each handshake, for as long as anybody holds it. */
  heads: WeakRef<Buffer>[];
  close(): Promise<void>;
};

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server of the simplest protocol: what comes goes back. */
async function startServer(
  overrides: Partial<typeof limits> = {},
  more: Partial<SocketHandlers> = {},
): Promise<Server> {
  const app = fastify({ forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) => {
    reply.code(error instanceof Problem ? error.status : 500).send({});
  });
  const links: SocketLink[] = [];
  const server = serveSocket(app, {
    url: '/socket',
    subprotocol: 'echo.v1',
    limits: { ...limits, ...overrides },
    codes: { tooSlow: 4008, protocolError: 4009, flooding: 4029 },
    turnsAway: () => false,
    admit: async (request) => {
      if (request.headers.authorization === undefined) throw new Problem('unauthenticated');
      return request.headers.authorization;
    },
    connect: (link, who) => {
      links.push(link);
      link.send(textFrame(`hello ${who}`));
      return {
        onFrame: (data) => (String(data) === 'bad' ? link.countBadFrame() : link.send(textFrame(String(data)))),
        onRefused: () => link.send(textFrame('refused')),
        onDrain: () => {},
        onClosed: () => {},
        onShutdown: async () => link.close(1012, 'bye', textFrame('last')),
        ...more,
      };
    },
  });
  const heads: WeakRef<Buffer>[] = [];
  app.server.on('upgrade', (_request, _socket, head) => heads.push(new WeakRef(head)));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const close = () => app.close();
  closers.push(close);
  return { url: `ws://127.0.0.1:${(app.server.address() as AddressInfo).port}/socket`, server, links, heads, close };
}

type Client = { socket: WebSocket; frames: string[]; closed: Promise<number>; requestId: unknown };

async function connect(url: string, options: { autoPong?: boolean } = {}): Promise<Client> {
  const socket = new WebSocket(url, 'echo.v1', { headers: { authorization: 'ana' }, ...options });
  const frames: string[] = [];
  socket.on('message', (data) => frames.push(String(data)));
  const upgraded = new Promise<IncomingMessage>((resolve) => socket.once('upgrade', resolve));
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
  await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject));
  return { socket, frames, closed, requestId: (await upgraded).headers['x-request-id'] };
}

/** Resolves with the frames that came before the answer to this one. */
async function echo({ socket, frames }: Client, text: string): Promise<string[]> {
  const before = frames.length;
  socket.send(text);
  while (frames.at(-1) !== text) await new Promise((resolve) => socket.once('message', resolve));
  return frames.slice(before);
}

describe('a handshake', () => {
  it('passes through the route: admitted, or refused as HTTP', async () => {
    const { url } = await startServer();
    const client = await connect(url);
    expect([client.socket.protocol, client.frames, client.socket.extensions]).toEqual(['echo.v1', ['hello ana'], '']);
    expect(client.requestId).toEqual(expect.stringMatching(/^\S+$/));
    const status = await new Promise((resolve) => {
      new WebSocket(url, 'echo.v1').once('unexpected-response', (_request, response) => {
        response.resume();
        resolve(response.statusCode);
      });
    });
    expect(status).toBe(401);
    client.socket.close();
    expect(await client.closed).toBe(1005);
  });

  it('whose client goes away meanwhile leaves nothing behind', async () => {
    const { url, links, server } = await startServer();
    for (let index = 0; index < 20; index += 1) {
      const socket = new WebSocket(url, 'echo.v1', { headers: { authorization: 'ana' } });
      socket.once('error', () => {});
      setTimeout(() => socket.terminate(), index % 4);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect(await echo(await connect(url), 'still here')).toEqual(['still here']);
    while (server.links.size > 1) await new Promise(setImmediate);
    expect(links.length).toBeLessThanOrEqual(21);
  });
});

describe('heartbeat', () => {
  it('keeps nothing of its handshake: an idle socket is to cost little', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const { url, heads, server } = await startServer();
    await connect(url);
    expect(heads).toHaveLength(1);
    await expect
      .poll(() => {
        collect();
        return heads[0]?.deref();
      })
      .toBeUndefined();
    expect(server.links.size).toBe(1);
  });

  it('answers a ping with what it brought', async () => {
    const { url } = await startServer();
    const { socket } = await connect(url);
    const answer = new Promise((resolve) => socket.once('pong', (data) => resolve(String(data))));
    socket.ping('are you there?');
    expect(await answer).toBe('are you there?');
  });

  it('ends a link that is dead, and keeps one that is silent', async () => {
    const { url } = await startServer({ heartbeatMs: 100 });
    const silent = await connect(url);
    const dead = await connect(url, { autoPong: false });
    expect(await dead.closed).toBe(1006);
    let pings = 0;
    await new Promise<void>((resolve) => silent.socket.on('ping', () => (++pings === 5 ? resolve() : undefined)));
    expect(await echo(silent, 'still here')).toEqual(['still here']);
  });

  it('does not take a link for dead whose reading was stopped', async () => {
    const { url, links } = await startServer({ heartbeatMs: 50 });
    const client = await connect(url);
    links[0]?.pause();
    let pings = 0;
    await new Promise<void>((resolve) => client.socket.on('ping', () => (++pings === 6 ? resolve() : undefined)));
    const answer = echo(client, 'after all');
    links[0]?.resume();
    expect(await answer).toEqual(['after all']);
  });
});

describe('frames that are too', () => {
  it('large, broken or fragmented end the connection, and no other', async () => {
    const { url } = await startServer();
    const other = await connect(url);
    const large = await connect(url);
    large.socket.send('x'.repeat(64 * 1024 + 1));
    expect(await large.closed).toBe(1009);
    const broken = await connect(url);
    broken.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    expect(await broken.closed).toBe(1007);
    const fragmented = await connect(url);
    for (let index = 0; index < 100; index += 1) fragmented.socket.send('x', { fin: false });
    expect(await fragmented.closed).toBe(1008);
    expect(await echo(other, 'x'.repeat(64 * 1024))).toHaveLength(1);
  });

  it('many are refused, and a flood ends the connection; pings count', async () => {
    for (const flood of ['frames', 'pings']) {
      const { url } = await startServer({ framesPerSecond: 10, frameBurst: 10 });
      const client = await connect(url);
      for (let index = 0; index < 30; index += 1) {
        if (flood === 'frames') client.socket.send(`${index}`);
        else client.socket.ping();
      }
      const timer = setInterval(() => (flood === 'frames' ? client.socket.send('more') : client.socket.ping()), 5);
      expect(await client.closed).toBe(4029);
      clearInterval(timer);
      expect(client.frames.filter((frame) => frame === 'refused').length).toBeGreaterThan(10);
      if (flood === 'frames')
        expect(client.frames.slice(1, 11)).toEqual(Array.from({ length: 10 }, (_, index) => `${index}`));
    }
  });

  it('often unreadable end the connection', async () => {
    const { url } = await startServer();
    const client = await connect(url);
    client.socket.send('bad');
    client.socket.send('bad');
    expect(await echo(client, 'still here')).toEqual(['still here']);
    client.socket.send('bad');
    expect(await client.closed).toBe(4009);
  });
});

describe('a reader that is too slow', () => {
  const frame = textFrame('x'.repeat(16 * 1024));

  /** Sends while the link takes more. @returns how many frames it took. */
  function fill(link: SocketLink): number {
    let count = 0;
    for (; !link.full && count < 10_000; count += 1) link.send(frame);
    return count;
  }

  it('makes the link full at its bound, and is closed when it stays so', async () => {
    const { url, links } = await startServer({ tooSlowMs: 200 });
    const client = await connect(url);
    client.socket.pause();
    const [link] = links;
    if (link === undefined) throw new Error('no link');
    // The kernel takes some of it: filled until that is full as well.
    while (link.open) {
      fill(link);
      expect(link.unsentBytes).toBeLessThanOrEqual(limits.maxUnsentBytes + frame.length);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(link.unsentBytes).toBeLessThanOrEqual(limits.maxUnsentBytes);
    client.socket.resume();
    expect(await client.closed).toBe(4008);
  });

  it('that reads on gets everything in order, and the link says when there is room', async () => {
    let drained = () => {};
    const { url, links } = await startServer({}, { onDrain: () => drained() });
    const client = await connect(url);
    const [link] = links;
    if (link === undefined) throw new Error('no link');
    let sent = 0;
    while (sent < 2000) {
      for (; !link.full && sent < 2000; sent += 1) link.send(textFrame(`${sent}:${'x'.repeat(16 * 1024)}`));
      if (!link.full) break;
      client.socket.pause();
      setTimeout(() => client.socket.resume(), 1);
      await new Promise<void>((resolve) => {
        drained = resolve;
      });
      expect(link.unsentBytes).toBeLessThanOrEqual(limits.maxUnsentBytes / 2);
    }
    while (client.frames.length < 2001) await new Promise((resolve) => client.socket.once('message', resolve));
    expect(client.frames.slice(1).map((text) => Number.parseInt(text, 10))).toEqual(
      Array.from({ length: 2000 }, (_, n) => n),
    );
  });
});

describe('a frame that is waited for', () => {
  it('goes out at once where it is the first of its turn, and with the others in a crowd', async () => {
    const { url, links } = await startServer();
    const clients = [await connect(url), await connect(url)];
    const [first, second] = links;
    if (first === undefined || second === undefined) throw new Error('no links');
    const frame = textFrame('ack');
    first.send(frame);
    expect(first.unsentBytes).toBe(frame.length);
    first.hurry();
    expect(first.unsentBytes).toBe(0);
    second.send(frame);
    second.hurry();
    expect(second.unsentBytes).toBe(frame.length);
    first.send(textFrame('more'));
    first.hurry();
    expect(first.unsentBytes).toBe(textFrame('more').length);
    for (const client of clients) expect((await echo(client, 'end')).at(-1)).toBe('end');
    expect(clients.map(({ frames }) => frames)).toEqual([
      ['hello ana', 'ack', 'more', 'end'],
      ['hello ana', 'ack', 'end'],
    ]);
  });
});

describe('a link that cannot be written to', () => {
  it('is ended, and silences no other of the same turn', async () => {
    const { url, links } = await startServer();
    const [broken, other] = [await connect(url), await connect(url)];
    // The stream throws on what is no bytes.
    links[0]?.send({ length: 1 } as Buffer);
    links[1]?.send(textFrame('in the same turn'));
    expect(await broken.closed).toBe(1006);
    expect(await echo(other, 'later')).toEqual(['later']);
    expect(other.frames).toEqual(['hello ana', 'in the same turn', 'later']);
  });
});

describe('a server that closes', () => {
  it('lets every connection say goodbye, and ends those that do not answer', async () => {
    const { url, close, server } = await startServer();
    const [polite, deaf] = [await connect(url), await connect(url)];
    deaf.socket.pause();
    const closing = close();
    expect(await polite.closed).toBe(1012);
    expect(polite.frames.at(-1)).toBe('last');
    await closing;
    while (server.links.size > 0) await new Promise(setImmediate);
    deaf.socket.resume();
    await deaf.closed;
  }, 15_000);
});
