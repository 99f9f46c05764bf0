import { afterEach, describe, expect, test, vi } from 'vitest';
import { connect, connectTo, handled, hurry } from '../../test/chat-client.ts';
import { me, messageOf, other, room, startChatServer } from '../../test/chat-server.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('delivery', () => {
  test('opens with a ticket and resumes every room in the first frame', async () => {
    await using server = await startChatServer();
    const { chat, peer, resume } = await connectTo(server, 7);
    using _ = chat;
    await chat.opened();
    expect(peer.url).toBe('/api/v1/chat/socket?ticket=t1');
    expect(resume.rooms).toEqual([{ roomId: room, afterSeq: 7 }]);
    expect([chat.state.state, chat.accountId, chat.cursor(room)]).toEqual(['open', me, 7]);
  });

  test('begins where the application stands', async () => {
    await using server = await startChatServer();
    const { chat, seqs, peer, resume } = await connectTo(server, 7, { cursors: { [room]: 5 } });
    using _ = chat;
    expect(resume.rooms).toEqual([{ roomId: room, afterSeq: 5 }]);
    peer.say({ type: 'resumed', roomId: room, fromSeq: 6, toSeq: 7 });
    for (const seq of [6, 7, 7, 6, 8]) peer.message(seq);
    await handled(chat, peer);
    expect(seqs).toEqual([6, 7, 8]);
  });

  test('asks for what is missing when a message is ahead, and only once', async () => {
    await using server = await startChatServer();
    const { chat, seqs, peer } = await connectTo(server, 1);
    using _ = chat;
    peer.say({ type: 'resumed', roomId: room, fromSeq: 2, toSeq: 1 });
    peer.message(4);
    peer.message(5);
    expect((await peer.hear('resume')).rooms).toEqual([{ roomId: room, afterSeq: 1 }]);
    peer.say({ type: 'resumed', roomId: room, fromSeq: 2, toSeq: 5 });
    for (const seq of [2, 3, 4, 5]) peer.message(seq);
    await handled(chat, peer);
    await peer.settle();
    expect([seqs, peer.unheard]).toEqual([[2, 3, 4, 5], 0]);
  });

  test('asks for what is missing when the position is ahead', async () => {
    await using server = await startChatServer();
    const { chat, peer } = await connectTo(server, 1);
    using _ = chat;
    peer.say({ type: 'resumed', roomId: room, fromSeq: 2, toSeq: 1 });
    peer.say({ type: 'position', roomId: room, headSeq: 2 });
    expect((await peer.hear('resume')).rooms).toEqual([{ roomId: room, afterSeq: 1 }]);
  });

  test('brings a room that was joined later from its first message', async () => {
    await using server = await startChatServer();
    const { chat, seqs } = connect(server);
    using _ = chat;
    const peer = await server.accept();
    peer.ready();
    expect((await peer.hear('resume')).rooms).toEqual([]);
    peer.say({ type: 'room', roomId: room, status: 'open' });
    expect((await peer.hear('resume')).rooms).toEqual([{ roomId: room, afterSeq: 0 }]);
    peer.say({ type: 'resumed', roomId: room, fromSeq: 1, toSeq: 1 });
    peer.message(1);
    await handled(chat, peer);
    expect(seqs).toEqual([1]);
  });

  test('tells of a reset and goes on after it', async () => {
    await using server = await startChatServer();
    const { chat, seqs, peer } = await connectTo(server, 3, { cursors: { [room]: 9 } });
    using _ = chat;
    const reset = chat.next('reset');
    peer.say({ type: 'reset', roomId: room, headSeq: 3, reason: 'ahead' });
    await expect(reset).resolves.toMatchObject({ roomId: room, headSeq: 3, reason: 'ahead' });
    peer.message(4);
    await handled(chat, peer);
    expect(seqs).toEqual([4]);
  });

  test('repeats a room from where it is asked to follow it', async () => {
    await using server = await startChatServer();
    const { chat, seqs, peer } = await connectTo(server, 2);
    using _ = chat;
    await chat.opened();
    chat.follow(room, 0);
    expect((await peer.hear('resume')).rooms).toEqual([{ roomId: room, afterSeq: 0 }]);
    for (const seq of [1, 2]) peer.message(seq);
    await handled(chat, peer);
    expect(seqs).toEqual([1, 2]);
  });

  test('hands on what others do', async () => {
    await using server = await startChatServer();
    const { chat, peer } = await connectTo(server, 2);
    using _ = chat;
    const seen = Promise.all([chat.next('read'), chat.next('retracted'), chat.next('room'), chat.next('error')]);
    peer.say({ type: 'read', roomId: room, accountId: other, seq: 2 });
    peer.say({ type: 'retracted', roomId: room, seq: 1 });
    peer.say({ type: 'room', roomId: room, status: 'closed' });
    peer.say({ type: 'error', code: 'seq-out-of-range', detail: 'Too far.' });
    expect(await seen).toMatchObject([{ seq: 2 }, { seq: 1 }, { status: 'closed' }, { code: 'seq-out-of-range' }]);
  });
});

describe('sending', () => {
  test('resolves with the ack, and delivers the own message in its place', async () => {
    await using server = await startChatServer();
    const { chat, peer } = await connectTo(server, 1);
    using _ = chat;
    const messages: unknown[] = [];
    chat.on('message', (message) => messages.push(message));
    const sent = chat.send(room, 'Good morning', { clientId: 'mine' });
    expect(await peer.hear('send')).toEqual({ type: 'send', clientId: 'mine', roomId: room, text: 'Good morning' });
    peer.message(4);
    peer.ack('mine', 3);
    await expect(sent).resolves.toMatchObject({ seq: 3, id: 'm3', duplicate: false });
    peer.message(2);
    await handled(chat, peer);
    await peer.settle();
    const own = { ...messageOf(3), clientId: 'mine', senderId: me, text: 'Good morning' };
    expect([messages, peer.unheard, chat.pending]).toEqual([[messageOf(2), own, messageOf(4)], 0, []]);
  });

  test('has its own message with files from the server, once and in order, as that says what they are', async () => {
    await using server = await startChatServer();
    const { chat, seqs, peer } = await connectTo(server, 2);
    using _ = chat;
    peer.say({ type: 'resumed', roomId: room, fromSeq: 3, toSeq: 2 });
    const came = chat.next('message', ({ seq }) => seq === 3);
    const sent = [
      chat.send(room, '', { clientId: 'a', attachmentIds: ['f1'] }),
      chat.send(room, 'b', { clientId: 'b' }),
    ];
    await peer.hear('send');
    peer.ack('a', 3);
    await peer.hear('send');
    expect((await peer.hear('resume')).rooms).toEqual([{ roomId: room, afterSeq: 2 }]);
    peer.ack('b', 4);
    await Promise.all(sent);
    expect(seqs).toEqual([]);
    const attachments = [{ id: 'f1', name: 'knee.jpg', type: 'image/jpeg' as const, sizeBytes: 1 }];
    peer.say({ type: 'resumed', roomId: room, fromSeq: 3, toSeq: 4 });
    peer.message(3, { attachments });
    peer.message(4);
    expect(await came).toMatchObject({ attachments });
    await handled(chat, peer);
    await peer.settle();
    expect([seqs, peer.unheard]).toEqual([[3, 4], 0]);
  });

  test('does not ask for a message that is its own, the ack on its way', async () => {
    await using server = await startChatServer();
    const { chat, seqs, peer } = await connectTo(server, 1);
    using _ = chat;
    peer.say({ type: 'resumed', roomId: room, fromSeq: 2, toSeq: 1 });
    const sent = chat.send(room, 'Hello', { clientId: 'mine' });
    await peer.hear('send');
    peer.message(3);
    await handled(chat, peer);
    await peer.settle();
    expect(peer.unheard).toBe(0);
    peer.ack('mine', 2);
    await sent;
    expect(seqs).toEqual([2, 3]);
  });

  test('sends again with the same clientId after the connection was lost, then delivers once', async () => {
    hurry();
    await using server = await startChatServer();
    const { chat, seqs, peer } = await connectTo(server, 0);
    using _ = chat;
    const sent = chat.send(room, 'Hello', { clientId: 'mine' });
    await peer.hear('send');
    peer.cut();
    const next = await server.accept();
    next.ready({ roomId: room, headSeq: 1, readSeq: 0 });
    await next.hear('resume');
    next.message(1, { senderId: me, clientId: 'mine', text: 'Hello' });
    expect((await next.hear('send')).clientId).toBe('mine');
    next.ack('mine', 1, true);
    await expect(sent).resolves.toMatchObject({ seq: 1, duplicate: true });
    await handled(chat, next);
    expect(seqs).toEqual([1]);
  });

  test.each(['room-closed', 'not-found', 'client-id-reused', 'invalid-frame', 'forbidden'] as const)(
    'rejects for good with %s',
    async (code) => {
      await using server = await startChatServer();
      const { chat, peer } = await connectTo(server, 0);
      using _ = chat;
      const sent = expect(chat.send(room, 'Hello', { clientId: 'mine' })).rejects.toMatchObject({ code });
      await peer.hear('send');
      peer.say({ type: 'error', code, detail: 'No.', clientId: 'mine' });
      await sent;
      expect(chat.pending).toEqual([]);
    },
  );

  test('waits as long as the server asks before it goes on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    await using server = await startChatServer();
    const { chat, peer } = await connectTo(server, 0);
    using _ = chat;
    void chat.send(room, 'Hello', { clientId: 'mine' }).catch(() => undefined);
    await peer.hear('send');
    const refused = chat.next('typing');
    peer.say({ type: 'error', code: 'rate-limited', detail: 'Slowly.', clientId: 'mine', retryAfterMs: 1500 });
    peer.say({ type: 'typing', roomId: room, accountId: other });
    await refused;
    vi.advanceTimersByTime(1499);
    await peer.settle();
    expect(peer.unheard).toBe(0);
    vi.advanceTimersByTime(1);
    expect((await peer.hear('send')).clientId).toBe('mine');
  });

  test.each(['', ' \n ', 'x'.repeat(8001)])('refuses a text that no server takes', async (text) => {
    await using server = await startChatServer();
    const { chat } = connect(server);
    using _ = chat;
    await expect(chat.send(room, text)).rejects.toMatchObject({ code: 'invalid-frame' });
  });

  test('rejects what is left when the chat is closed', async () => {
    await using server = await startChatServer();
    const { chat } = connect(server);
    const left = expect(chat.send(room, 'Hello')).rejects.toMatchObject({ code: 'closed' });
    chat.close();
    await left;
    await expect(chat.send(room, 'Hello')).rejects.toMatchObject({ code: 'closed' });
    await expect(chat.opened()).rejects.toMatchObject({ code: 'closed' });
  });

  test('says again at a position how far one has read, while the server does not say so', async () => {
    await using server = await startChatServer();
    const { chat, peer } = await connectTo(server, 5);
    using _ = chat;
    await chat.opened();
    chat.read(room, 3);
    expect(await peer.hear('read')).toMatchObject({ seq: 3 });
    peer.say({ type: 'error', code: 'unavailable', detail: 'The database is away.' });
    // Somebody else's.
    peer.say({ type: 'read', roomId: room, accountId: other, seq: 5 });
    peer.say({ type: 'position', roomId: room, headSeq: 5 });
    expect(await peer.hear('read')).toMatchObject({ seq: 3 });
    peer.say({ type: 'read', roomId: room, accountId: me, seq: 3 });
    peer.say({ type: 'position', roomId: room, headSeq: 5 });
    await handled(chat, peer);
    await peer.settle();
    expect(peer.unheard).toBe(0);
  });

  test('says again how far one has read, if the server does not know it, and types at most every 2 s', async () => {
    hurry();
    await using server = await startChatServer();
    const { chat, peer } = await connectTo(server, 5);
    using _ = chat;
    await chat.opened();
    for (const seq of [3, 2]) chat.read(room, seq);
    for (let key = 0; key < 5; key++) chat.typing(room);
    expect(await peer.hear('read')).toEqual({ type: 'read', roomId: room, seq: 3 });
    await peer.hear('typing');
    await peer.settle();
    expect(peer.unheard).toBe(0);
    peer.cut();
    const next = await server.accept();
    next.ready({ roomId: room, headSeq: 5, readSeq: 1 });
    await next.hear('resume');
    expect(await next.hear('read')).toEqual({ type: 'read', roomId: room, seq: 3 });
  });
});
