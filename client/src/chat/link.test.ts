import { afterEach, describe, expect, test, vi } from 'vitest';
import { problem } from '../../test/api-server.ts';
import { connectTo, handled, hurry, tokens } from '../../test/chat-client.ts';
import { heartbeatMs, room, startChatServer } from '../../test/chat-server.ts';
import { createClient } from '../client.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('the connection', () => {
  test('resumes after what was delivered, with a new ticket', async () => {
    hurry();
    await using server = await startChatServer();
    const { chat, seqs, peer } = await connectTo(server, 1);
    using _ = chat;
    peer.message(2);
    await handled(chat, peer);
    peer.close(1012);
    const next = await server.accept();
    next.ready({ roomId: room, headSeq: 4, readSeq: 0 });
    expect((await next.hear('resume')).rooms).toEqual([{ roomId: room, afterSeq: 2 }]);
    for (const seq of [3, 4]) next.message(seq);
    await handled(chat, next);
    expect([next.url, seqs]).toEqual(['/api/v1/chat/socket?ticket=t2', [2, 3, 4]]);
  });

  test('comes back when a restarting server asks it to', async () => {
    hurry();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    await using server = await startChatServer();
    const { chat, peer } = await connectTo(server, 1);
    using _ = chat;
    const waiting = chat.next('state', ({ state }) => state === 'waiting');
    peer.say({ type: 'closing', reason: 'restart', retryAfterMs: 4000 });
    peer.close(1012);
    await expect(waiting).resolves.toEqual({ state: 'waiting', retryInMs: 4000 });
    vi.advanceTimersByTime(3999);
    expect(chat.state.state).toBe('waiting');
    vi.advanceTimersByTime(1);
    expect(chat.state.state).toBe('connecting');
    await server.accept();
  });

  test('is made anew at once when the network has changed, from a wait as from a link that seems to live', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    await using server = await startChatServer();
    const { chat, peer } = await connectTo(server, 1);
    using _ = chat;
    await chat.opened();
    chat.reconnect();
    expect(chat.state.state).toBe('connecting');
    const second = await server.accept();
    const waiting = chat.next('state', ({ state }) => state === 'waiting');
    second.say({ type: 'closing', reason: 'restart', retryAfterMs: 60_000 });
    second.close(1012);
    await waiting;
    chat.reconnect();
    await server.accept();
    expect(peer).not.toBe(second);
  });

  test('is given up when nothing is heard for two and a half heartbeats', async () => {
    hurry();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    await using server = await startChatServer();
    const { chat, peer } = await connectTo(server, 1);
    using _ = chat;
    await chat.opened();
    vi.advanceTimersByTime(heartbeatMs * 2);
    peer.say({ type: 'position', roomId: room, headSeq: 1 });
    await handled(chat, peer);
    vi.advanceTimersByTime(heartbeatMs * 2.5 - 1);
    expect(chat.state.state).toBe('open');
    vi.advanceTimersByTime(1);
    expect(chat.state.state).toBe('waiting');
    vi.advanceTimersByTime(1);
    await server.accept();
  });

  test('ends for good when there is no session', async () => {
    hurry();
    let isOver: boolean = false;
    await using server = await startChatServer(() => (isOver ? problem(401, 'session-ended') : undefined));
    const ends: string[] = [];
    const client = createClient({ baseUrl: server.baseUrl, tokens, onSessionEnd: ({ code }) => ends.push(code) });
    const chat = client.connectChat();
    const peer = await server.accept();
    peer.ready();
    await chat.opened();
    const unsent = expect(chat.send(room, 'Hello')).rejects.toMatchObject({ code: 'session-ended' });
    isOver = true;
    const closed = chat.next('state', ({ state }) => state === 'closed');
    peer.close(4403);
    await expect(closed).resolves.toMatchObject({ error: { code: 'session-ended' } });
    await unsent;
    expect(ends).toEqual(['session-ended']);
  });

  test('is given a new token before the old one runs out', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const pair = { accessToken: 'a2', refreshToken: 'r2', tokenType: 'Bearer', expiresInS: 900 };
    await using server = await startChatServer(({ line }) =>
      line === 'POST /api/v1/auth/refresh' ? { status: 200, body: pair } : undefined,
    );
    const chat = createClient({
      baseUrl: server.baseUrl,
      tokens: { ...tokens, renewAt: Date.now() + 30_000 },
    }).connectChat();
    using _ = chat;
    const peer = await server.accept();
    peer.ready();
    await peer.hear('resume');
    await chat.opened();
    vi.advanceTimersByTime(30_000);
    expect(await peer.hear('refresh')).toEqual({ type: 'refresh', accessToken: 'a2' });
  });

  test('needs no ticket with cookies, and asks for one when the handshake fails', async () => {
    hurry();
    await using server = await startChatServer();
    const chat = createClient({ baseUrl: server.baseUrl, auth: 'cookies' }).connectChat();
    using _ = chat;
    const first = await server.accept();
    expect(first.url).toBe('/api/v1/chat/socket');
    first.close(4401);
    expect((await server.accept()).url).toBe('/api/v1/chat/socket?ticket=t1');
  });

  test('goes on to the next server together with a call that failed on the same one', async () => {
    hurry();
    await using first = await startChatServer(({ line }) => (line.endsWith('/me') ? 'cut' : undefined));
    await using second = await startChatServer();
    const client = createClient({ baseUrl: [first.baseUrl, second.baseUrl], tokens, retries: 0 });
    using chat = client.connectChat();
    const peer = await first.accept();
    peer.ready();
    await chat.opened();
    await expect(client.getMe()).rejects.toMatchObject({ code: 'network' });
    peer.cut();
    expect((await second.accept()).url).toBe('/api/v1/chat/socket?ticket=t1');
  });

  test('is made to the server that gave its ticket', async () => {
    hurry();
    const pair = { accessToken: 'a2', refreshToken: 'r2', tokenType: 'Bearer', expiresInS: 900 };
    await using first = await startChatServer(({ line }) => (line.endsWith('/refresh') ? 'cut' : undefined));
    await using second = await startChatServer(({ line }) =>
      line.endsWith('/refresh') ? { status: 200, body: pair } : undefined,
    );
    const baseUrl = [first.baseUrl, second.baseUrl] as const;
    using _ = createClient({ baseUrl, tokens: { ...tokens, renewAt: 0 } }).connectChat();
    expect((await second.accept()).url).toBe('/api/v1/chat/socket?ticket=t1');
  });

  test('closes its socket when it is closed', async () => {
    await using server = await startChatServer();
    const { chat, peer } = await connectTo(server, 1);
    chat.close();
    expect(await peer.closed.promise).toBe(1000);
    expect(chat.state).toEqual({ state: 'closed', error: null });
  });
});
