import { basePath, subprotocol } from '@openward/contracts';
import { WebSocket } from 'ws';

/** A socket that asks and does not read: what the server sends stays in the buffers on the way, and then with the server. */
export type UnreadSocket = {
  /** Everything in these rooms, from the beginning. */
  ask(rooms: readonly string[]): void;
  /** Reads what has come, up to the end. @returns how it ended, and how much there was. */
  readOn(): Promise<{ code: number; bytes: number }>;
};

export async function openUnread(url: string, token: string): Promise<UnreadSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${basePath}/chat/socket`, subprotocol, {
    headers: { authorization: `Bearer ${token}` },
  });
  let bytes = 0;
  socket.on('message', (data: Buffer) => {
    bytes += data.length;
  });
  socket.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    // `ready` is the last that it reads.
    socket.once('message', () => resolve());
    socket.once('error', reject);
  });
  socket.pause();
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return {
    ask: (rooms) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ type: 'resume', rooms: rooms.map((roomId) => ({ roomId, afterSeq: 0 })) }));
    },
    readOn: async () => {
      socket.resume();
      const timer = setTimeout(() => socket.terminate(), 5000);
      const code = await closed;
      clearTimeout(timer);
      return { code, bytes };
    },
  };
}
