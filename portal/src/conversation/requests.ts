import type { Chat } from '@openward/client';
import { requestChanged, setTold } from '#app/live.ts';

/** The socket of the chat tells of care requests, too: while it is open, nobody has to ask all the time. */
export function followRequests(chat: Chat): void {
  chat.on('state', ({ state }) => setTold(state === 'open'));
  chat.on('request', ({ requestId }) => requestChanged(requestId));
  chat.on('room', ({ roomId }) => requestChanged(roomId));
}
