import type { Config } from '../../config.ts';
import type { Logger } from '../log.ts';
import type { Trace } from './trace.ts';

/** Names of routes, tables, queues and kinds; states and sizes. Never whose: no names, addresses, texts, parameters, account ids. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export type SpanOptions = {
  /** Few in number: a route, a queue, a kind of statement. */
  name: string;
  kind: 'server' | 'client' | 'consumer' | 'internal';
  /** Default: the span under way. Null begins a trace. */
  parent?: Trace | null;
  /** Others that this work is done for. */
  links?: readonly Trace[];
  attributes?: Attributes;
};

/** A piece of work under way, to be ended once. */
export type Span = {
  readonly trace: Trace;
  set(attributes: Attributes): void;
  /** Runs `work` with this as the span under way. */
  within<T>(work: () => T): T;
  /** With what it failed of, if it did: an error, of which only the kind is kept, or the name of that. */
  end(error?: unknown): void;
};

/** What records spans and sends them to a collector. */
export type Tracing = {
  /** Whether the span under way is one that is recorded. */
  readonly recording: boolean;
  start(options: SpanOptions): Span;
  /** Runs `work` as a span. It gets where it stands. */
  span<T>(options: SpanOptions, work: (trace: Trace) => Promise<T>): Promise<T>;
  /** Runs with no span under way: what is begun here serves many. */
  outside<T>(work: () => T): T;
  /** Sends what is left, for two seconds at most. */
  close(): Promise<void>;
};

/** Null where no collector is set: then nothing of OpenTelemetry is even loaded. */
export async function openTracing(config: Config['tracing'], version: string, log: Logger): Promise<Tracing | null> {
  if (config === null) return null;
  const { startOpenTelemetry } = await import('./open-telemetry.ts');
  return startOpenTelemetry({ ...config, version, log });
}

/** Runs `work` as a span where spans are recorded; it then gets where that stands. */
export function traced<T>(
  tracing: Tracing | null,
  options: SpanOptions,
  work: (trace?: Trace) => Promise<T>,
): Promise<T> {
  return tracing === null ? work() : tracing.span(options, work);
}
