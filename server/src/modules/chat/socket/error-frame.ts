import { type FrameErrorCode, frameErrors, type ServerFrame } from '@openward/contracts';
import type { Problem } from '#platform/problem.ts';

export type ErrorMembers = { clientId?: string | undefined; retryAfterMs?: number | undefined };

export function errorFrame(
  code: FrameErrorCode,
  detail: string,
  { clientId, retryAfterMs }: ErrorMembers = {},
): ServerFrame {
  return {
    type: 'error',
    code,
    detail,
    ...(clientId === undefined ? {} : { clientId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** What a use case refuses, as a frame says it. What has no code there is no fault of the client. */
export function errorFrameOf(problem: Problem, clientId: string | undefined): ServerFrame {
  const wanted = problem.code === 'invalid-request' ? 'invalid-frame' : problem.code;
  const code = frameErrors.find((known) => known === wanted) ?? 'unavailable';
  const retryAfterMs = problem.retryAfterS === undefined ? undefined : problem.retryAfterS * 1000;
  return errorFrame(code, problem.detail ?? problem.title, { clientId, retryAfterMs });
}
