import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from './eventually.ts';

export type CollectedSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** As OTLP numbers them: 1 internal, 2 server, 3 client, 5 consumer. */
  kind: number;
  attributes: Record<string, unknown>;
  status: number;
  links: { traceId: string; spanId: string }[];
  /** Which process it comes from, by its service.instance.id. */
  instance: string;
};

export type Collector = {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  spans: CollectedSpan[];
  /** What came in, as it came. */
  bodies: string[];
  /** Answers with this status from now on. */
  answer(status: number): void;
  /** Waits for a span that fits. */
  waitFor(what: string, fits: (span: CollectedSpan) => boolean): Promise<CollectedSpan>;
  stop(): Promise<void>;
};

type Value = { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
type KeyValue = { key: string; value: Value };
type Wire = {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: {
      spans: (Omit<CollectedSpan, 'attributes' | 'status'> & { attributes: KeyValue[]; status: { code?: number } })[];
    }[];
  }[];
};

/** A collector that takes OTLP over HTTP as JSON and keeps what it gets. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const right = request.method === 'POST' && request.url === '/v1/traces';
      if (right && status === 200) {
        bodies.push(body);
        spans.push(...read(JSON.parse(body)));
      }
      response.writeHead(right ? status : 404, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    answer: (next) => {
      status = next;
    },
    waitFor: async (what, fits) => {
      await eventually(what, () => spans.some(fits), 15_000);
      return spans.find(fits) as CollectedSpan;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function read({ resourceSpans }: Wire): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const instance = String(plain(resource.attributes)['service.instance.id']);
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ attributes, status, links, ...span }) => ({
        ...span,
        attributes: plain(attributes),
        status: status.code ?? 0,
        links: links ?? [],
        instance,
      }));
  });
}

function plain(attributes: KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
