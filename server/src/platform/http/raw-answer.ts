import type { Socket } from 'node:net';
import type { Problem as ProblemShape } from '@openward/contracts';
import { newId } from '../id.ts';
import { Problem } from '../problem.ts';

/** For answers that come before any hook runs, so that those of helmet are missing. */
export const hooklessHeaders = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

export function problemBody(problem: Problem, requestId: string): ProblemShape & Record<string, unknown> {
  return {
    type: `urn:openward:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    code: problem.code,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    ...problem.members,
    requestId,
  };
}

/** Whoever does not take the answer is let go after this time: their side may stay open as long as they like. */
const lingerMs = 1000;

const reasons: Record<string, readonly [line: string, detail: string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large. Send fewer cookies.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request came too slowly. Send it again on a better line.'],
};

/** What is not even HTTP, or never became whole: answered on the bare socket, since no request came to be. */
export function refuseBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  if (socket.destroyed || !socket.writable) return;
  const [line, detail] = reasons[error.code ?? ''] ?? ['400 Bad Request', 'This is not valid HTTP.'];
  const requestId = newId();
  const problem = new Problem('invalid-request', { status: Number(line.slice(0, 3)), detail });
  const body = JSON.stringify(problemBody(problem, requestId));
  const headers = Object.entries({
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    'cache-control': 'no-store',
    ...hooklessHeaders,
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${line}\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
