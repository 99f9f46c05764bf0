import type { FastifyRequest } from 'fastify';

/** Whether who asks has this already. */
export function isFresh(request: FastifyRequest, etag: string): boolean {
  return (
    request.headers['if-none-match']?.split(',').some((known) => known.trim().replace(/^W\//, '') === etag) === true
  );
}
