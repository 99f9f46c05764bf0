import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';

export type SeenCall = {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  /** The parsed JSON, undefined when there was none. */
  readonly body: unknown;
};

export type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'cut' | 'hang';

/** A real HTTP server that answers as the test says and remembers what it was asked. */
export async function startApiServer(answer: (call: SeenCall) => Answer | Promise<Answer>) {
  const calls: SeenCall[] = [];
  const server = createServer(async (request, reply) => {
    const text = await textOf(request);
    const call = {
      line: `${request.method} ${request.url}`,
      headers: request.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    calls.push(call);
    const said = await answer(call);
    if (said === 'hang') return;
    if (said === 'cut') {
      request.socket.destroy();
      return;
    }
    const isProblem = said.status >= 400;
    reply.writeHead(said.status, {
      'content-type': isProblem ? 'application/problem+json' : 'application/json',
      ...said.headers,
    });
    reply.end(typeof said.body === 'string' || said.body === undefined ? said.body : JSON.stringify(said.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    server,
    calls,
    lines: () => calls.map(({ line }) => line),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function problem(status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: { type: 'about:blank', title: code, status, code, requestId: 'r-1', ...more } };
}
