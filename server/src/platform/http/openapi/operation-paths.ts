import { limitHeaders, problemReply } from './problems.ts';
import type { JsonSchema, Operation, PathItem } from './types.ts';

/** The routes of running the service: outside the base path, for probes and verifiers. */
export function operationPaths(problem: JsonSchema): Record<string, PathItem> {
  const checks: JsonSchema = { type: 'object', additionalProperties: { type: 'string' } };
  return {
    '/health/live': {
      get: probe(
        'getLiveness',
        'Whether the process runs.',
        { type: 'object', required: ['status'], properties: { status: { type: 'string', const: 'ok' } } },
        { status: 'ok' },
      ),
    },
    '/health/ready': {
      get: {
        ...probe(
          'getReadiness',
          'Whether calls can be served: 503 while a database is away.',
          {
            type: 'object',
            required: ['status', 'checks'],
            properties: {
              status: { type: 'string', const: 'ready' },
              checks,
              load: { type: 'string', const: 'shedding', description: 'There while calls are sent away.' },
            },
          },
          { status: 'ready', checks: { main: 'ok', chat: 'ok' } },
          { '503': problemReply(503, ['unavailable'], problem) },
        ),
        'x-problems': { '503': ['unavailable'] },
      },
    },
    '/.well-known/jwks.json': {
      get: {
        ...probe(
          'getPublicKeys',
          'The public keys that access tokens are signed with (RFC 7517).',
          { type: 'object', required: ['keys'], properties: { keys: { type: 'array', items: { type: 'object' } } } },
          { keys: [{ kty: 'RSA', kid: 's-2026-11-22', use: 'sig', alg: 'RS256', n: 'sXchDaQebHnP…', e: 'AQAB' }] },
          { '429': problemReply(429, ['rate-limited'], problem) },
          'application/jwk-set+json',
        ),
        'x-problems': { '429': ['rate-limited'] },
      },
    },
  };
}

function probe(
  operationId: string,
  summary: string,
  schema: JsonSchema,
  example: unknown,
  errors: Operation['responses'] = {},
  mediaType = 'application/json',
): Operation {
  return {
    operationId,
    tags: ['Operation'],
    summary,
    responses: {
      '200': {
        description: 'OK',
        headers: {
          'x-request-id': { $ref: '#/components/headers/RequestId' },
          ...('429' in errors ? limitHeaders : {}),
        },
        content: { [mediaType]: { schema, example } },
      },
      ...errors,
    },
    security: [],
    'x-who': 'Anyone',
  };
}
