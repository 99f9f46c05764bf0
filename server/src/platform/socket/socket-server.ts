import { type IncomingHttpHeaders, type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WebSocketServer } from 'ws';
import { endSpan, within } from '../http/trace-calls.ts';
import { Problem } from '../problem.ts';
import { ListenedSocket } from './listened-socket.ts';
import {
  type SocketCloseCodes,
  type SocketHandlers,
  SocketLink,
  type SocketLinkLimits,
  type SocketLinkSettings,
} from './socket-link.ts';
import { WriteTurn } from './write-turn.ts';

export type SocketServerOptions<A> = {
  /** The path of the route. */
  url: string;
  /** Whoever connects has to offer it (RFC 6455, 1.9). */
  subprotocol: string;
  limits: SocketLinkLimits & { readonly maxFrameBytes: number; readonly maxFragments: number };
  codes: SocketCloseCodes;
  /** Answers an upgrade that is sent away before anything is found out about it: there is too much to do. */
  turnsAway(request: IncomingMessage, response: ServerResponse): boolean;
  /** Who is at the other end. @throws Problem that is answered as HTTP. */
  admit(request: FastifyRequest): Promise<A>;
  /** Called in the turn of the upgrade. */
  connect(link: SocketLink, admitted: A): SocketHandlers;
};

export type SocketServer = {
  readonly links: ReadonlySet<SocketLink>;
  /** Lets every connection say goodbye, then ends what is left. Also runs by itself when the HTTP server closes. */
  close(): Promise<void>;
};

/** So long a stopping server waits for closing handshakes. */
const shutdownMs = 3_000;

/**
 * A WebSocket endpoint as an ordinary route: an upgrade passes through the router, its hooks and its errors like any call, so that
 * addresses, ids, headers and problems are the same, and becomes a socket in the handler.
 */
export function serveSocket<A>(app: FastifyInstance, options: SocketServerOptions<A>): SocketServer {
  const { url, subprotocol, limits, codes, turnsAway, admit, connect } = options;
  const upgrades = new WeakMap<IncomingMessage, { socket: Socket; head: Buffer }>();
  const links = new Set<SocketLink>();
  const server = new WebSocketServer({
    WebSocket: ListenedSocket,
    noServer: true,
    clientTracking: false,
    // The link does it: here it is a closure for each socket.
    autoPong: false,
    perMessageDeflate: false,
    maxPayload: limits.maxFrameBytes,
    maxFragments: limits.maxFragments,
    maxBufferedChunks: 1024,
    handleProtocols: () => subprotocol,
  });
  const ids = new WeakMap<IncomingMessage, string>();
  server.on('headers', (lines, request) => lines.push(`x-request-id: ${ids.get(request)}`));
  const turn = new WriteTurn<SocketLink>((link, error) => {
    app.log.error({ err: error }, 'a socket could not be written to');
    link.terminate();
  });
  const settings: SocketLinkSettings = { turn, limits, codes, onGone: (link) => links.delete(link) };

  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    upgrades.set(request, { socket, head });
    const response = responseOf(request, socket);
    if (!turnsAway(request, response)) app.routing(request, response);
  });

  const admitted = new WeakMap<FastifyRequest, A>();
  app.get(url, {
    onRequest: async (request) => {
      admitted.set(request, await within(request, () => admit(request)));
    },
    handler: async (request, reply) => {
      const caller = admitted.get(request);
      const upgrade = upgrades.get(request.raw);
      refuseBadHandshake(request.headers, subprotocol, upgrade !== undefined);
      if (caller === undefined || upgrade === undefined) throw new Error('An upgrade without a caller.');
      reply.hijack();
      ids.set(request.raw, request.id);
      endSpan(request, 101);
      reply.raw.detachSocket(upgrade.socket);
      server.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket) => {
        // It has a listener for what breaks by now.
        upgrade.socket.off('error', destroy);
        const link = new SocketLink(socket, upgrade.socket, settings);
        links.add(link);
        link.attach(connect(link, caller));
      });
    },
  });

  const clock = setInterval(
    () => {
      const nowMs = performance.now();
      for (const link of links) link.tick(nowMs);
    },
    Math.min(1000, limits.heartbeatMs / 4, limits.tooSlowMs / 4),
  );
  clock.unref();

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= shutDown(links).finally(() => clearInterval(clock));
    return closing;
  };
  app.addHook('preClose', close);
  return { links, close };
}

/** The request of an upgrade has no response of its own: it gets one, and goes the way of every request. */
function responseOf(request: IncomingMessage, socket: Socket): ServerResponse {
  // The connection may break at any moment; nobody is listening for it until it is a WebSocket.
  socket.on('error', destroy);
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  // Only an answer that refuses is ever finished.
  response.once('finish', () => socket.end());
  return response;
}

/** One for all sockets: a listener of its own would be another thing that each of them holds. */
function destroy(this: Socket): void {
  this.destroy();
}

/** @throws Problem 400, or 426 for a call that is no handshake at all. */
function refuseBadHandshake(headers: IncomingHttpHeaders, subprotocol: string, upgrade: boolean): void {
  if (!upgrade || headers.upgrade?.toLowerCase() !== 'websocket') {
    throw new Problem('invalid-request', { status: 426, detail: 'This is a WebSocket (RFC 6455): connect with one.' });
  }
  if (headers['sec-websocket-version'] !== '13' || !/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    throw new Problem('invalid-request', { detail: 'The handshake is not one of RFC 6455, version 13.' });
  }
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(subprotocol)) {
    throw new Problem('invalid-request', { detail: `Offer the subprotocol ${subprotocol}.` });
  }
}

async function shutDown(links: ReadonlySet<SocketLink>): Promise<void> {
  const goodbyes = Promise.all([...links].map((link) => link.shutdown()));
  const deadline = performance.now() + shutdownMs;
  await Promise.race([goodbyes, new Promise((resolve) => setTimeout(resolve, shutdownMs / 2).unref())]);
  while (links.size > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const link of links) link.terminate();
}
