import { createServer } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheLayer, CacheRefusal } from './cache/policy.ts';
import type { ReplicaOutcome } from './database/replica.ts';
import { type Counters, createCounters } from './metrics/counters.ts';
import { type Readings, registerReadings } from './metrics/readings.ts';
import { createSocketMetrics, type SocketMetrics } from './metrics/socket-metrics.ts';
import { createWorkMetrics, type WorkMetrics } from './metrics/work-metrics.ts';
import { readVersion } from './version.ts';

/** Prometheus metrics of this process. Labels are names of ours, few of each: never ids, addresses or what a caller wrote. */
export type Metrics = CommonMetrics & SocketMetrics & WorkMetrics & Counters;

type CommonMetrics = {
  observeRequest(method: string, route: string, status: number, durationS: number): void;
  sockets: { set(open: number): void };
  connections: { open(count: number): void; refused(why: string): void; cut(why: string): void };
  load: {
    /** Calls that were sent away. */
    shed(priority: string, reason: string, count: number): void;
    /** How many classes of calls are sent away, for want of a part. */
    pressure(part: string, value: number): void;
  };
  redis: {
    /** For commands, or for events: whether Redis is in use. */
    set(purpose: 'commands' | 'events', healthy: boolean): void;
    /** Redis refused a command for what is in its key. */
    refused(): void;
  };
  securityEvents: { count(kind: string): void };
  limitHits: { count(limit: string): void };
  guard: {
    /** A case went up or down to a step; `ended` is one, too. */
    stepped(rule: string, step: string): void;
    /** A call was held up or refused. */
    held(rule: string, step: string): void;
  };
  sessionCache: { count(outcome: 'hit' | 'miss' | 'distrusted' | 'forged'): void };
  /** Reads of what is kept in caches, by the layer that answered, and copies in Redis that were not believed. */
  replica: { read(outcome: ReplicaOutcome): void };
  cache: { answered(policy: string, layer: CacheLayer): void; refused(policy: string, why: CacheRefusal): void };
  /** Adds gauges that are read out of a database when the metrics are asked for. */
  addReadings(readings: Readings): void;
  /** Serves GET /metrics on a port of its own, so that it is never public by accident. */
  listen(host: string, port: number): Promise<() => Promise<void>>;
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  // By default the event loop is woken a hundred times a second to see how late it is, which was a third of what a node does that nobody calls.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  new Gauge({
    name: 'openward_build_info',
    help: 'Always 1; its label is the version that runs.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: readVersion() }, 1);
  const requests = new Histogram({
    name: 'openward_http_request_duration_seconds',
    help: 'Time to answer, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  const sockets = new Gauge({ name: 'openward_chat_sockets', help: 'Open chat sockets.', registers: [registry] });
  const connections = new Gauge({
    name: 'openward_http_connections',
    help: 'Open connections, chat sockets among them.',
    registers: [registry],
  });
  const connectionsRefused = new Counter({
    name: 'openward_http_connections_refused_total',
    help: 'Connections that were not taken: address, crowded, total say which of the caps.',
    labelNames: ['why'],
    registers: [registry],
  });
  const connectionsCut = new Counter({
    name: 'openward_http_connections_cut_total',
    help: 'Connections that were ended: slow-request, slow-body, slow-reader, silent, pipelining.',
    labelNames: ['why'],
    registers: [registry],
  });
  const shed = new Counter({
    name: 'openward_load_shed_total',
    help: 'Calls that were sent away because there was too much to do, by class and by what there was too much of.',
    labelNames: ['class', 'reason'],
    registers: [registry],
  });
  const pressure = new Gauge({
    name: 'openward_load_pressure',
    help: 'How many classes of calls are sent away, 0 to 5, for want of a part: node, main, chat.',
    labelNames: ['part'],
    registers: [registry],
  });
  const redis = new Gauge({
    name: 'openward_redis_healthy',
    help: '1 while Redis is in use, 0 while it is away, by purpose. Missing where there is none.',
    labelNames: ['purpose'],
    registers: [registry],
  });
  const refusals = new Counter({
    name: 'openward_redis_refused_total',
    help: 'Commands that Redis refused for what is in their key: something else writes to it.',
    registers: [registry],
  });
  const securityEvents = new Counter({
    name: 'openward_security_events_total',
    help: 'What looked like an attack, by kind.',
    labelNames: ['kind'],
    registers: [registry],
  });
  const limitHits = new Counter({
    name: 'openward_limit_hits_total',
    help: 'What a rate limit refused, by its name.',
    labelNames: ['limit'],
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
  const cacheReads = new Counter({
    name: 'openward_cache_reads_total',
    help: 'Reads of what is kept in caches, by policy and by the layer that answered: memory, redis, database.',
    labelNames: ['policy', 'layer'],
    registers: [registry],
  });
  const replicaReads = new Counter({
    name: 'openward_replica_reads_total',
    help: 'Lists that were to be read from the copy of the main database: replica, or from the primary since it was late or away.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const cacheRefusals = new Counter({
    name: 'openward_cache_refusals_total',
    help: 'Copies in Redis that were not believed: distrusted (older than a change), forged (not ours), misshapen.',
    labelNames: ['policy', 'why'],
    registers: [registry],
  });
  return {
    ...createSocketMetrics(registry),
    ...createWorkMetrics(registry),
    ...createCounters(registry),
    observeRequest: (method, route, status, durationS) => requests.observe({ method, route, status }, durationS),
    sockets: { set: (open) => sockets.set(open) },
    connections: {
      open: (count) => connections.set(count),
      refused: (why) => connectionsRefused.inc({ why }),
      cut: (why) => connectionsCut.inc({ why }),
    },
    load: {
      shed: (priority, reason, count) => shed.inc({ class: priority, reason }, count),
      pressure: (part, value) => pressure.set({ part }, value),
    },
    redis: {
      set: (purpose, healthy) => redis.set({ purpose }, healthy ? 1 : 0),
      refused: () => refusals.inc(),
    },
    securityEvents: { count: (kind) => securityEvents.inc({ kind }) },
    limitHits: { count: (limit) => limitHits.inc({ limit }) },
    guard: {
      stepped: (rule, step) => guardSteps.inc({ rule, step }),
      held: (rule, step) => guardHeld.inc({ rule, step }),
    },
    sessionCache: { count: (outcome) => sessionCache.inc({ outcome }) },
    replica: { read: (outcome) => replicaReads.inc({ outcome }) },
    cache: {
      answered: (policy, layer) => cacheReads.inc({ policy, layer }),
      refused: (policy, why) => cacheRefusals.inc({ policy, why }),
    },
    addReadings: (readings) => registerReadings(registry, readings),
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
