import { vi } from 'vitest';
import type { Chat, ChatOptions } from '../src/chat/chat.ts';
import { createClient } from '../src/client.ts';
import { other, type Peer, room, type startChatServer } from './chat-server.ts';

type ChatServer = Awaited<ReturnType<typeof startChatServer>>;

export const tokens = { accessToken: 'a1', refreshToken: 'r1' };

/** Every reconnect happens at once. */
export function hurry(): void {
  vi.spyOn(Math, 'random').mockReturnValue(0);
}

export function connect(server: ChatServer, options?: ChatOptions) {
  const chat = createClient({ baseUrl: server.baseUrl, tokens }).connectChat(options);
  const seqs: number[] = [];
  chat.on('message', ({ seq }) => seqs.push(seq));
  return { chat, seqs };
}

/** Connected, with one room at `headSeq`, its resume heard. */
export async function connectTo(server: ChatServer, headSeq: number, options?: ChatOptions) {
  const { chat, seqs } = connect(server, options);
  const peer = await server.accept();
  peer.ready({ roomId: room, headSeq, readSeq: 0 });
  const resume = await peer.hear('resume');
  return { chat, seqs, peer, resume };
}

/** What the peer has said is handled once the answer to this is there. */
export async function handled(chat: Chat, peer: Peer): Promise<void> {
  const seen = chat.next('typing', ({ accountId }) => accountId === other);
  peer.say({ type: 'typing', roomId: room, accountId: other });
  await seen;
}
