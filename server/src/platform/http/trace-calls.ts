import type { FastifyInstance, FastifyRequest } from 'fastify';
import { continueTrace, formatTraceparent, parseTraceparent, type Trace } from '../tracing/trace.ts';
import type { Span, Tracing } from '../tracing/tracing.ts';

/**
 * Gives each call its place in a trace: the one that comes in as `traceparent`, which the reply then carries back with our span,
 * else one of its own. With tracing on, a call is a span, but for those of probes.
 */
export function traceCalls(app: FastifyInstance, tracing: Tracing | null): void {
  app.decorateRequest('trace');
  app.decorateRequest('span');
  app.addHook('onRequest', async (request, reply) => {
    const parent = parseTraceparent(request.headers['traceparent']);
    if (tracing !== null && request.routeOptions.config?.quiet !== true) {
      request.span = tracing.start({
        name: nameOf(request),
        kind: 'server',
        parent,
        attributes: attributesOf(request),
      });
    }
    request.trace = request.span?.trace ?? continueTrace(parent);
    if (parent !== null) reply.header('traceparent', formatTraceparent(request.trace));
  });
  if (tracing !== null) app.addHook('onResponse', async (request, reply) => endSpan(request, reply.statusCode));
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
  span.end(status >= 500 ? new HttpFailure(status) : undefined);
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

/** As the conventions name a failed call: by its status. */
class HttpFailure extends Error {
  constructor(status: number) {
    super();
    this.name = String(status);
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Where this call stands in a trace. None for what is refused before any hook runs. */
    trace: Trace | undefined;
    /** None where no spans are recorded. */
    span: Span | undefined;
  }
}
