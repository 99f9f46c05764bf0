import { createServer, IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Ctx } from '#server/context.ts';
import { type HttpLimits, httpLimits } from '#server/limits.ts';
import { newId } from '../id.ts';
import { Problem } from '../problem.ts';
import { Answer } from './answer.ts';
import { trustedProxies } from './caller-address.ts';
import { Connections, type Cut, connectionsThatFit, type Refused } from './connections.ts';
import { hooklessHeaders, problemBody, refuseBrokenHttp } from './raw-answer.ts';
import type { Shedder } from './shedder.ts';

const mostSweepMs = 1000;
const logEveryMs = 60_000;
/** Half-open connections, whose other end is gone without a word, are asked after this time, and then every second. */
const probeAfterMs = 30_000;
export const transportOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: probeAfterMs };

/**
 * The server below Fastify: who may connect, at what pace they may ask and listen, and what is sent away before it is a call. Node's own times are
 * set here, each of them, so that no default of a later Node changes what is promised.
 */
export function createListener(
  ctx: Ctx,
  options: { shedder: Shedder; upgrades(request: IncomingMessage): boolean },
  handle: RequestListener,
): Server {
  const { config, metrics } = ctx;
  const limits = limitsOf(ctx);
  const trusts = trustedProxies(config.http.trustProxy);
  const connections = new Connections(limits, trusts);
  const cut = (socket: Socket, why: Cut) => {
    // Cut already, and given a moment to take the answer.
    if (!socket.writable) return;
    metrics.connections.cut(why);
    if (why === 'slow-body')
      refuseBrokenHttp(Object.assign(new Error(why), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
    else socket.resetAndDestroy();
  };
  const server = createServer(nodeOptions(limits, options.upgrades), (request, response) => {
    const why = connections.begin(request, response);
    if (why !== null) return cut(request.socket, why);
    const fault = faultOf(request, limits);
    if (fault !== null) return refuseEarly(response, fault);
    if (options.shedder.answers(request, response)) {
      connections.refused(request.socket, response, options.shedder.window);
      return;
    }
    handle(request, response);
  });
  server.on('checkExpectation', (_request, response) =>
    refuseEarly(response, { status: 417, detail: 'Of what a client may expect, 100-continue alone is known here.' }),
  );
  server.maxHeadersCount = limits.maxHeaders + 1;
  const refuse = tellRefusals(ctx, limits);
  // Before Node makes a parser for it: a connection that is not taken is to cost no more than its arrival.
  const accept = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const why = connections.admit(socket);
    if (why === null) for (const listener of accept) listener.call(server, socket);
    else {
      refuse(why);
      socket.on('error', () => {});
      socket.resetAndDestroy();
    }
  });
  server.on('upgrade', ({ socket }) => connections.upgraded(socket));
  sweep(server, limits, () => {
    metrics.connections.open(connections.size);
    for (const [socket, why] of connections.slow(performance.now())) cut(socket, why);
  });
  return server;
}

function limitsOf({ config, log }: Ctx): HttpLimits {
  const limits = { ...httpLimits, ...config.limits.http };
  const maxConnections = connectionsThatFit(limits.maxConnections);
  if (maxConnections < limits.maxConnections)
    log.warn(
      { maxConnections, wanted: limits.maxConnections },
      'this process may open too few files for its connections: raise the limit (ulimit -n, LimitNOFILE)',
    );
  return { ...limits, maxConnections };
}

function nodeOptions(limits: HttpLimits, upgrades: (request: IncomingMessage) => boolean) {
  return {
    headersTimeout: Math.min(limits.headersMs, limits.requestMs),
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: sweepMsOf(limits),
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.maxHeaderBytes,
    // Refused here, in our shape.
    requireHostHeader: false,
    ...transportOptions,
    shouldUpgradeCallback: upgrades,
    IncomingMessage,
    ServerResponse: Answer,
  };
}

function sweepMsOf({ headersMs, bodyGraceMs, readerGraceMs, silentMs }: HttpLimits): number {
  return Math.max(10, Math.min(mostSweepMs, headersMs / 4, bodyGraceMs / 4, readerGraceMs / 4, silentMs / 4));
}

function sweep(server: Server, limits: HttpLimits, look: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  server.on('listening', () => {
    timer = setInterval(look, sweepMsOf(limits)).unref();
  });
  server.on('close', () => clearInterval(timer));
}

type Fault = { status: number; detail: string };

/** What is wrong with a request before anybody looks what it asks for. */
function faultOf({ rawHeaders, headers, httpVersion }: IncomingMessage, { maxHeaders }: HttpLimits): Fault | null {
  // Node itself would leave out what is too many, and the last may be the one that says who calls.
  if (rawHeaders.length > 2 * maxHeaders)
    return { status: 431, detail: `A request takes at most ${maxHeaders} headers. Send fewer.` };
  if (headers.host === undefined && httpVersion === '1.1')
    return { status: 400, detail: 'A request of HTTP/1.1 names its Host (RFC 9112, section 3.2).' };
  return null;
}

function refuseEarly(response: ServerResponse, fault: Fault): void {
  const requestId = newId();
  const problem = new Problem('invalid-request', fault);
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    'x-request-id': requestId,
    'cache-control': 'no-store',
    ...hooklessHeaders,
    connection: 'close',
  });
  response.end(JSON.stringify(problemBody(problem, requestId)));
}

/** A line a minute at most: whoever is refused comes again. */
function tellRefusals({ log, metrics }: Ctx, limits: HttpLimits): (why: Refused) => void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let refused = 0;
  const limit = {
    address: limits.connectionsPerAddress,
    crowded: limits.connectionsPerAddressWhenCrowded,
    total: limits.maxConnections,
  };
  return (why) => {
    metrics.connections.refused(why);
    refused += 1;
    if (performance.now() - toldAtMs < logEveryMs) return;
    log.warn({ why, limit: limit[why], refused }, 'connections are refused: `ss -tn` shows from where they come');
    toldAtMs = performance.now();
    refused = 0;
  };
}
