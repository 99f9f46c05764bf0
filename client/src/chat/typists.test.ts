import { afterEach, expect, test, vi } from 'vitest';
import { connectTo } from '../../test/chat-client.ts';
import { me, other, type Peer, room, startChatServer } from '../../test/chat-server.ts';
import type { Chat } from './chat.ts';
import type { Typist } from './typists.ts';

afterEach(() => void vi.useRealTimers());

/** A chat whose clock the test turns, and what it said of the end of typing. */
async function world(server: Awaited<ReturnType<typeof startChatServer>>) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const { chat, peer } = await connectTo(server, 0);
  peer.say({ type: 'resumed', roomId: room, fromSeq: 1, toSeq: 0 });
  const ended: Typist[] = [];
  chat.on('typingEnded', (typist) => void ended.push(typist));
  return { chat, peer, ended };
}

async function hearTyping(chat: Chat, peer: Peer, accountId: string): Promise<void> {
  const heard = chat.next('typing', (frame) => frame.accountId === accountId);
  peer.say({ type: 'typing', roomId: room, accountId });
  await heard;
}

test('typing is over 5 s after it was last said, once, each member by itself', async () => {
  await using server = await startChatServer();
  const { chat, peer, ended } = await world(server);
  using _ = chat;
  await hearTyping(chat, peer, other);
  vi.advanceTimersByTime(4000);
  await hearTyping(chat, peer, other);
  await hearTyping(chat, peer, me);
  vi.advanceTimersByTime(2000);
  await hearTyping(chat, peer, me);
  expect([ended, chat.typingIn(room), chat.typingIn(me)]).toEqual([[], [other, me], []]);
  vi.advanceTimersByTime(2999);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(1);
  expect([ended, chat.typingIn(room)]).toEqual([[{ roomId: room, accountId: other }], [me]]);
  vi.advanceTimersByTime(60_000);
  expect(ended).toEqual([other, me].map((accountId) => ({ roomId: room, accountId })));
});

test('a message ends the typing of its sender, and no other’s', async () => {
  await using server = await startChatServer();
  const { chat, peer, ended } = await world(server);
  using _ = chat;
  await hearTyping(chat, peer, other);
  await hearTyping(chat, peer, me);
  const came = chat.next('message');
  peer.message(1);
  await came;
  expect([ended, chat.typingIn(room)]).toEqual([[{ roomId: room, accountId: other }], [me]]);
});

test('typing is over in time when the link is lost, and a closed chat says nothing more', async () => {
  await using server = await startChatServer();
  const { chat, peer, ended } = await world(server);
  await hearTyping(chat, peer, other);
  const waiting = chat.next('state', ({ state }) => state === 'waiting');
  peer.cut();
  await waiting;
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(5000);
  expect(ended).toHaveLength(1);
  (await server.accept()).ready({ roomId: room, headSeq: 0, readSeq: 0 });
  chat.close();
  vi.advanceTimersByTime(60_000);
  expect(ended).toHaveLength(1);
});
