import type { IncomingHttpHeaders } from 'node:http';
import cookie from '@fastify/cookie';
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { type Ctx, idsOf } from '../../context.ts';
import { PasswordQueueFullError } from '../crypto/password-hash.ts';
import { isUnavailable } from '../database/connect.ts';
import { newCallId } from '../id.ts';
import { limitHeaders } from '../limits/limit-headers.ts';
import { RateLimited } from '../limits/limiter.ts';
import { notFound, Problem } from '../problem.ts';
import { CallBudget, currentBudget, onBudget } from '../redis/call-budget.ts';
import { Answer, UsualHeaders } from './answer.ts';
import { trustedProxies } from './caller-address.ts';
import { parseJsonBody } from './json-body.ts';
import { createListener } from './listener.ts';
import { noteOutcome } from './note-outcome.ts';
import { hooklessHeaders, problemBody, refuseBrokenHttp } from './raw-answer.ts';
import { hstsS, securityHeaders } from './security-headers.ts';
import { Shedder } from './shedder.ts';
import { placeInTrace, traceCalls } from './trace-calls.ts';

const maxBodyBytes = 100_000;

/**
 * The HTTP server without its routes: ids, headers, body parsing, errors, one log line a call.
 * @param isKnown whether headers bring what was a good session a moment ago; asked only when there is too much to do.
 */
export async function createHttpServer(
  ctx: Ctx,
  isKnown: (headers: IncomingHttpHeaders) => boolean = () => false,
): Promise<FastifyInstance> {
  const { config, log } = ctx;
  const isSecure = config.http.publicUrl.protocol === 'https:';
  const shedder = new Shedder(ctx.load, {
    isKnown,
    headers: isSecure ? { 'strict-transport-security': `max-age=${hstsS}; includeSubDomains` } : {},
  });
  const app: FastifyInstance = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newCallId(),
    trustProxy: config.http.trustProxy.length === 0 ? false : trustedProxies(config.http.trustProxy),
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    serverFactory: (handle) =>
      createListener(
        ctx,
        {
          shedder,
          // Offers of another protocol (Java's client sends `Upgrade: h2c` with every call) are declined by answering as usual.
          upgrades: ({ method, headers }) =>
            method === 'GET' &&
            headers.upgrade?.toLowerCase() === 'websocket' &&
            app.server.listenerCount('upgrade') > 0,
        },
        handle,
      ),
    // What comes on an open connection while the server stops is answered like all else: parts are closed after the last answer.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) =>
      void sendProblem(toProblem(error), request, reply.headers(hooklessHeaders)),
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') ctx.metrics.connections.cut('slow-request');
      refuseBrokenHttp(error, socket);
    },
  });
  // A logger for each call that nobody asks for, with what it redacts, was a tenth of a trivial one: `ctx.log` has the ids.
  app.setChildLoggerFactory((logger) => logger);
  app.decorate('shedder', shedder);
  app.decorateRequest('ctx');
  app.decorateRequest('isLate', false);
  keepBudgets(app);
  app.decorateRequest('problem');
  app.decorateRequest('caller');
  await app.register(cookie);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    parseJsonBody(body),
  );

  const usual = new UsualHeaders(securityHeaders({ isSecure }));
  // Hooks of every call take `done`: a promise each is more than they do.
  app.addHook('onRequest', (request, reply, done) => {
    // An upgrade is answered by a response of another kind.
    if (reply.raw instanceof Answer) reply.raw.usual = usual;
    else reply.headers(usual.headers);
    reply.header('x-request-id', request.id);
    placeInTrace(ctx.tracing, request, reply);
    done();
  });
  traceCalls(app, ctx.tracing);
  app.addHook('onResponse', (request, reply, done) => {
    noteOutcome(ctx, request, reply.statusCode);
    const route = request.routeOptions.url ?? 'unknown';
    ctx.metrics.observeRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    const level = request.routeOptions.config?.quiet === true ? 'debug' : 'info';
    if (log.isLevelEnabled(level)) log[level](lineOf(request, reply, route), 'request');
    done();
  });
  app.setNotFoundHandler((request, reply) => void sendProblem(notFound(), request, reply));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    // Who went away, or was cut, while the body was on its way: nothing failed here, and a flood of them is no flood of errors.
    const isGone = request.raw.destroyed && !request.raw.complete;
    if (problem.status >= 500 && !isGone)
      log.error(
        {
          ...idsOf({ requestId: request.id, trace: request.trace }),
          route: request.routeOptions.url,
          code: problem.code,
          err: error,
        },
        'request failed',
      );
    else log.debug({ requestId: request.id, code: problem.code, reason: problem.message }, 'request refused');
    sendProblem(problem, request, reply);
  });
  return app;
}

/** What the log says of a call. */
function lineOf(request: FastifyRequest, reply: FastifyReply, route: string): object {
  return {
    ...idsOf({ requestId: request.id, trace: request.trace }),
    method: request.method,
    route,
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime * 10) / 10,
    ...(request.ctx?.actor ? { accountId: request.ctx.actor.accountId } : {}),
  };
}

/** Each call has its own time to wait for Redis. What follows on the body is another turn of the loop, which knows nothing of the first. */
function keepBudgets(app: FastifyInstance): void {
  app.decorateRequest('budget');
  app.addHook('onRequest', (request, _reply, done) => {
    request.budget = new CallBudget();
    onBudget(request.budget, done);
  });
  app.addHook('preValidation', ({ budget = new CallBudget() }, _reply, done) => {
    if (currentBudget() === budget) done();
    else onBudget(budget, done);
  });
}

/** Any thrown thing → the problem that callers see. The one place that maps to a status. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isUnavailable(error)) {
    return new Problem('unavailable', {
      detail: 'A database is away for the moment. Try again shortly.',
      retryAfterS: 2,
      cause: error,
    });
  }
  if (error instanceof PasswordQueueFullError) {
    return new Problem('unavailable', {
      detail: 'Too many logins at this moment. Try again shortly.',
      retryAfterS: error.retryAfterS,
    });
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('payload-too-large', { detail: `A body takes at most ${maxBodyBytes / 1000} kB.` });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported-media-type', { detail: 'Send Content-Type: application/json.' });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('invalid-request', { detail: 'The body is not as long as Content-Length says.' });
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return notFound();
    default:
      return new Problem('internal-error', {
        detail: 'The call failed on our side. Nothing was changed half. Report the requestId if it lasts.',
        cause: error,
      });
  }
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  request.problem = problem;
  if (problem instanceof RateLimited) reply.headers(limitHeaders(problem.state));
  if (problem.retryAfterS !== undefined) reply.header('retry-after', String(problem.retryAfterS));
  // What RFC 9110 asks of these: how to authenticate (15.5.2), and which protocol to come back with (15.5.22).
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (problem.status === 426) reply.headers({ upgrade: 'websocket', connection: 'upgrade' });
  reply
    .code(problem.status)
    .header('x-request-id', request.id)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problemBody(problem, request.id));
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Its time to wait for Redis. */
    budget: CallBudget | undefined;
  }
}
