import { randomBytes } from 'node:crypto';

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Continues a W3C trace that comes in: the same trace id, a span id of our own. Null when there is none. */
export function continueTrace(header: string | string[] | undefined): { traceId: string; traceparent: string } | null {
  const match = typeof header === 'string' ? pattern.exec(header) : null;
  const [, traceId, parentId, flags] = match ?? [];
  if (traceId === undefined || /^0+$/.test(traceId) || parentId === undefined || /^0+$/.test(parentId)) return null;
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}` };
}
