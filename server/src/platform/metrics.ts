import { createServer } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus metrics of this process. */
export type Metrics = {
  observeRequest(method: string, route: string, status: number, durationS: number): void;
  sockets: { set(open: number): void };
  redis: { set(healthy: boolean): void };
  securityEvents: { count(kind: string): void };
  guard: {
    /** A case went up or down to a step; `ended` is one, too. */
    stepped(rule: string, step: string): void;
    /** A call was held up or refused. */
    held(rule: string, step: string): void;
  };
  sessionCache: { count(outcome: 'hit' | 'miss' | 'distrusted' | 'forged'): void };
  /** Serves GET /metrics on a port of its own, so that it is never public by accident. */
  listen(host: string, port: number): Promise<() => Promise<void>>;
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'openward_http_request_duration_seconds',
    help: 'Time to answer, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  const sockets = new Gauge({ name: 'openward_chat_sockets', help: 'Open chat sockets.', registers: [registry] });
  const redis = new Gauge({
    name: 'openward_redis_healthy',
    help: '1 while Redis is in use, 0 while it is away or there is none.',
    registers: [registry],
  });
  const securityEvents = new Counter({
    name: 'openward_security_events_total',
    help: 'What looked like an attack, by kind.',
    labelNames: ['kind'],
    registers: [registry],
  });
  const guardSteps = new Counter({
    name: 'openward_abuse_steps_total',
    help: 'Cases of abuse that went up or down to a step, by rule; ended is a step, too.',
    labelNames: ['rule', 'step'],
    registers: [registry],
  });
  const guardHeld = new Counter({
    name: 'openward_abuse_held_total',
    help: 'Calls and frames that were slowed down, asked for a proof of work, or refused, by rule and step.',
    labelNames: ['rule', 'step'],
    registers: [registry],
  });
  const sessionCache = new Counter({
    name: 'openward_session_cache_total',
    help: 'Looks for the copy of a session in Redis: hit, miss, distrusted (older than a change), forged (not ours).',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return {
    observeRequest: (method, route, status, durationS) => requests.observe({ method, route, status }, durationS),
    sockets: { set: (open) => sockets.set(open) },
    redis: { set: (healthy) => redis.set(healthy ? 1 : 0) },
    securityEvents: { count: (kind) => securityEvents.inc({ kind }) },
    guard: {
      stepped: (rule, step) => guardSteps.inc({ rule, step }),
      held: (rule, step) => guardHeld.inc({ rule, step }),
    },
    sessionCache: { count: (outcome) => sessionCache.inc({ outcome }) },
    listen: async (host, port) => {
      const server = createServer(async (request, response) => {
        if (request.method !== 'GET' || request.url !== '/metrics') return void response.writeHead(404).end();
        response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
      });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(port, host, resolve);
      });
      return () => new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
