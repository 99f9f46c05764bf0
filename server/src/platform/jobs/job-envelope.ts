import type { Origin } from '../../context.ts';
import { formatTraceparent, parseTraceparent, type Trace } from '../tracing/trace.ts';

/** Where a job comes from: the call in which it was sent, else the job itself. */
export type JobOrigin = { requestId: string; trace: Trace };

/** Travels in a job's data beside its payload, under a name that no payload has. Older versions leave it aside. */
const sentFrom = '$from';

type SentFrom = { requestId: string; traceparent?: string };

/** The payload with where it is sent from; the system's own jobs come from nowhere. */
export function sealJob(payload: object, { requestId, trace }: Origin): object {
  if (requestId === null) return payload;
  const from: SentFrom = trace === undefined ? { requestId } : { requestId, traceparent: formatTraceparent(trace) };
  return { ...payload, [sentFrom]: from };
}

/** What lies in the queue → the payload and where it was sent from. Jobs of older versions and of the clock do not say. */
export function openJob(data: unknown): { payload: object; requestId: string | null; parent: Trace | null } {
  const { [sentFrom]: from, ...payload } = (data ?? {}) as { [sentFrom]?: Partial<SentFrom> | null };
  const requestId = typeof from?.requestId === 'string' ? from.requestId : null;
  return { payload, requestId, parent: parseTraceparent(from?.traceparent) };
}
