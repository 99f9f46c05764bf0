import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { continueTrace, formatTraceparent, parseTraceparent, type Trace } from '../tracing/trace.ts';
import type { Span, Tracing } from '../tracing/tracing.ts';

/** With tracing on, a call is a span until it is answered. */
export function traceCalls(app: FastifyInstance, tracing: Tracing | null): void {
  app.decorateRequest('trace');
  app.decorateRequest('span');
  if (tracing === null) return;
  app.addHook('onResponse', async (request, reply) => endSpan(request, reply.statusCode));
  app.addHook('onRequestAbort', async (request) => {
    request.span?.set({ 'error.type': 'aborted' });
    request.span?.end();
    request.span = undefined;
  });
}

/**
 * Gives a call its place in a trace: the one that comes in as `traceparent`, which the reply then carries back with our span,
 * else one of its own. Those of probes are no spans.
 */
export function placeInTrace(tracing: Tracing | null, request: FastifyRequest, reply: FastifyReply): void {
  const parent = parseTraceparent(request.headers['traceparent']);
  if (tracing !== null && request.routeOptions.config?.quiet !== true) {
    request.span = tracing.start({ name: nameOf(request), kind: 'server', parent, attributes: attributesOf(request) });
  }
  request.trace = request.span?.trace ?? continueTrace(parent);
  if (parent !== null) reply.header('traceparent', formatTraceparent(request.trace));
}

/** Runs `work` under the span of the call: after a body has been read, nothing else leads back to it. */
export function within<T>({ span }: FastifyRequest, work: () => T): T {
  return span === undefined ? work() : span.within(work);
}

/** By what was answered, or 101 for what became a socket. */
export function endSpan(request: FastifyRequest, status: number): void {
  const { span } = request;
  if (span === undefined) return;
  span.set({ 'http.response.status_code': status });
  span.end(status >= 500 ? String(status) : undefined);
  request.span = undefined;
}

function nameOf({ method, routeOptions: { url } }: FastifyRequest): string {
  return url === undefined ? method : `${method} ${url}`;
}

/** The route as it was declared, never the path: that has ids in it, and its query may hold a search. */
function attributesOf({ id, method, protocol, routeOptions: { url } }: FastifyRequest) {
  return {
    'http.request.method': method,
    'url.scheme': protocol,
    'openward.request.id': id,
    ...(url === undefined ? {} : { 'http.route': url }),
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Where this call stands in a trace. None for what is refused before any hook runs. */
    trace: Trace | undefined;
    /** None where no spans are recorded, and once it has ended. */
    span: Span | undefined;
  }
}
