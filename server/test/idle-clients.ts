import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { WebSocket } from 'ws';

// Opens a socket for each token, in a thread and so on a heap of its own. Says when each has had its first frame, and ends them when it
// is asked.

type Wanted = { url: string; subprotocol: string; tokens: readonly string[] };

const { url, subprotocol, tokens }: Wanted = workerData;
const atOnce = 30;

const sockets: WebSocket[] = [];
for (let start = 0; start < tokens.length; start += atOnce) {
  sockets.push(...(await Promise.all(tokens.slice(start, start + atOnce).map(open))));
}
parentPort?.once('message', () => {
  for (const socket of sockets) socket.close();
});
parentPort?.postMessage('open');

async function open(token: string): Promise<WebSocket> {
  const socket = new WebSocket(url, subprotocol, { headers: { authorization: `Bearer ${token}` } });
  await once(socket, 'message');
  return socket;
}
