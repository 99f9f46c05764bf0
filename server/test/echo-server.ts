import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Heard = { method: string; path: string; headers: IncomingHttpHeaders; rawHeaders: string[]; body: string };

export type EchoServer = {
  url: string;
  /** Every request that came in whole, in its order. */
  heard: Heard[];
  stop(): Promise<void>;
};

/** What stands behind a proxy and writes down what it is handed. It parses HTTP as our nodes do. */
export async function startEchoServer(): Promise<EchoServer> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers, rawHeaders } = request;
      heard.push({ method, path, headers, rawHeaders, body: Buffer.concat(chunks).toString('latin1') });
      response
        .writeHead(200, {
          'content-type': 'application/json',
          'x-request-id': `echo-${heard.length}`,
          'cache-control': 'no-store',
        })
        .end(JSON.stringify({ path, number: heard.length }));
    });
    request.on('error', () => {});
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
