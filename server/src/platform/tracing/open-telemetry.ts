import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Span as ApiSpan,
  type Context,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace as spans,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { newId } from '../id.ts';
import type { Logger } from '../log.ts';
import { Problem } from '../problem.ts';
import { Trace } from './trace.ts';
import type { Attributes, Span, SpanOptions, Tracing } from './tracing.ts';

// The only file that imports OpenTelemetry. It is loaded where OTEL_EXPORTER_OTLP_ENDPOINT is set, and nowhere else.

/** Spans that wait to be sent. Those beyond are dropped: a collector that is away takes this much memory and no more. */
const maxQueued = 4096;
const sendEveryMs = 1000;
const sendTimeoutMs = 5000;
const closeTimeoutMs = 2000;

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

type Options = {
  url: string;
  /** Of the traces that begin here, the share that is recorded. */
  ratio: number;
  version: string;
  log: Logger;
};

/** Spans go as OTLP over HTTP in batches. Nothing is registered globally: each node of a process has its own. */
export function startOpenTelemetry({ url, ratio, version, log }: Options): Tracing {
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(
        resourceFromAttributes({
          'service.name': 'openward',
          'service.version': version,
          'service.instance.id': newId(),
        }),
      )
      // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, by OpenTelemetry's own rules.
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: tellOnce(new OTLPTraceExporter({ url, timeoutMillis: sendTimeoutMs }), log),
        maxQueueSize: maxQueued,
        maxExportBatchSize: 512,
        scheduledDelayMillis: sendEveryMs,
        exportTimeoutMillis: sendTimeoutMs,
      }),
    ],
  });
  return new OpenTelemetry(provider, provider.getTracer('openward', version), log);
}

class OpenTelemetry implements Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #log: Logger;
  readonly #underWay = new AsyncLocalStorage<Context>();

  constructor(provider: TracerProvider, tracer: Tracer, log: Logger) {
    this.#provider = provider;
    this.#tracer = tracer;
    this.#log = log;
  }

  get recording(): boolean {
    const context = this.#underWay.getStore();
    return context !== undefined && spans.getSpan(context)?.isRecording() === true;
  }

  start({ name, kind, parent, links = [], attributes = {} }: SpanOptions): Span {
    const context = this.#contextOf(parent);
    const options = { kind: kinds[kind], attributes, links: links.map((trace) => ({ context: remoteOf(trace) })) };
    const span = this.#tracer.startSpan(name, options, context);
    const inside = spans.setSpan(context, span);
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      trace: new Trace({ traceId, spanId, flags: traceFlags }),
      set: (attributes: Attributes) => void span.setAttributes(attributes),
      within: (work) => this.#underWay.run(inside, work),
      end: (error) => end(span, error),
    };
  }

  async span<T>(options: SpanOptions, work: (trace: Trace) => Promise<T>): Promise<T> {
    const span = this.start(options);
    try {
      const result = await span.within(() => work(span.trace));
      span.end();
      return result;
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  outside<T>(work: () => T): T {
    return this.#underWay.exit(work);
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), closeTimeoutMs);
    });
    const closed = this.#provider.shutdown().catch(() => {});
    if ((await Promise.race([closed, late])) === 'late') this.#log.debug('traces were left when the node stopped');
    clearTimeout(timer);
  }

  #contextOf(parent: Trace | null | undefined): Context {
    if (parent === undefined) return this.#underWay.getStore() ?? ROOT_CONTEXT;
    return parent === null ? ROOT_CONTEXT : spans.setSpanContext(ROOT_CONTEXT, remoteOf(parent));
  }
}

function remoteOf({ traceId, spanId, flags }: Trace): SpanContext {
  return { traceId, spanId, traceFlags: flags, isRemote: true };
}

/** An error's message may hold what a person wrote, so that its kind alone is kept. A refusal is no fault of ours. */
function end(span: ApiSpan, error: unknown): void {
  if (error !== undefined) {
    span.setAttribute('error.type', kindOf(error));
    const refused = error instanceof Problem && error.status < 500;
    if (!refused) span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

/** A problem's code, an SQLSTATE, a code of Node's, or the name of its class. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : 'unknown';
  if (error instanceof Problem) return error.code;
  // A driver's error stands behind that of the library around it.
  if (error.cause instanceof Error) return kindOf(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Says once that the collector is away, and once that it is back. */
function tellOnce(exporter: SpanExporter, log: Logger): SpanExporter {
  let away = false;
  return {
    export: (batch, done) =>
      exporter.export(batch, (result) => {
        const failed = result.code !== 0;
        if (failed && !away)
          log.warn({ error: result.error?.message }, 'traces cannot be sent; they are dropped until they can');
        if (!failed && away) log.info('traces are sent again');
        away = failed;
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
