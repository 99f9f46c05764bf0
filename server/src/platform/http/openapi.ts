import * as contracts from '@openward/contracts';
import {
  basePath,
  type Contract,
  type ProblemCode,
  Problem as ProblemShape,
  problems,
  type Who,
} from '@openward/contracts';
import { createExamples, type Examples } from './openapi/examples.ts';
import { operationPaths } from './openapi/operation-paths.ts';
import {
  groupByStatus,
  limitHeaders,
  problemCodes,
  problemExample,
  problemReply,
  takesIdempotencyKey,
} from './openapi/problems.ts';
import { type ContractSchema, createSchemas, type Schemas } from './openapi/schemas.ts';
import { addFrames, socketOperation } from './openapi/socket.ts';
import type { JsonSchema, MediaType, OpenApiDocument, Operation, Parameter, PathItem, Reply } from './openapi/types.ts';

export type { OpenApiDocument } from './openapi/types.ts';

const areas: Record<Contract['area'] | 'Operation', string> = {
  Accounts: 'Registration, login, sessions and the own profile.',
  Doctors: 'The directory of doctors, open to anyone.',
  Care: 'Requests for care: submitted, accepted, diagnosed, closed; rated by the patient.',
  Appointments: 'Hours of doctors, free slots, and what is booked: moved, cancelled, opened in time.',
  Chat: 'Rooms and messages, over HTTP and over a WebSocket.',
  Admin: 'Accounts, bans, approvals, the audit trail. For admins.',
  Operation: 'Health and public keys.',
};

const overview = `Openward is an open telemedicine backend: patients ask for care, doctors take the request, both talk in a chat that loses nothing, the doctor diagnoses, the patient rates.

JSON in and out. Ids are UUIDv7, times RFC 3339 in UTC with milliseconds. An unknown field in a body is a 400.

Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`. Lists take \`limit\` and \`cursor\` and answer \`items\` and \`nextCursor\`, which is null at the end. POSTs that create take an optional \`Idempotency-Key\`. 429 and 503 carry \`Retry-After\`.`;

type Parts = { schemas: Schemas; examples: Examples; problem: JsonSchema };

/** The contracts → an OpenAPI 3.1 document. Pure: the same routes and options give the same document. */
export function openApiDocument(
  routes: ReadonlyMap<string, Contract>,
  options: { serverUrl: string; version: string },
): OpenApiDocument {
  const schemas = createSchemas(contracts);
  const parts: Parts = { schemas, examples: createExamples(routes, schemas), problem: schemas.translate(ProblemShape) };
  const paths: Record<string, PathItem> = {};
  for (const [name, contract] of inReadingOrder(routes)) {
    const path = basePath + contract.path;
    paths[path] = { ...paths[path], [contract.method.toLowerCase()]: operation(name, contract, parts) };
  }
  paths[`${basePath}/chat/socket`] = { get: socketOperation(parts.problem) };
  Object.assign(paths, operationPaths(parts.problem));
  addFrames(schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Openward API',
      version: options.version,
      summary: 'An open telemedicine backend.',
      description: overview,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: options.serverUrl.replace(/\/$/, '') }],
    tags: Object.entries(areas).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas.components).sort(([a], [b]) => compare(a, b))),
      headers,
      examples: Object.fromEntries(
        (Object.keys(problems) as ProblemCode[]).map((code) => [code, problemExample(code)]),
      ),
      securitySchemes,
    },
  };
}

/** The way in first, then by path, so that what belongs together stands together. */
function inReadingOrder(routes: ReadonlyMap<string, Contract>): [string, Contract][] {
  const first = [
    'register',
    'verifyEmail',
    'resendVerification',
    'login',
    'issueTokens',
    'refresh',
    'logOut',
    'logOutAll',
    'forgotPassword',
    'resetPassword',
  ];
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const rank = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
  const order = ([a, x]: [string, Contract], [b, y]: [string, Contract]) =>
    rank(a) - rank(b) || compare(x.path, y.path) || methods.indexOf(x.method) - methods.indexOf(y.method);
  return [...routes].sort(order);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function operation(name: string, contract: Contract, { schemas, examples, problem }: Parts): Operation {
  const { area, summary, who, body } = contract;
  const parameters = parametersOf(name, contract, schemas, examples);
  const groups = [...groupByStatus(problemCodes(contract), who)];
  const example = (schema: object) => examples.reply(name, schema, parentOf(contract.path));
  const bodyContent = () => ({
    'application/json': { schema: schemas.translate(body ?? {}), example: examples.body(name, contract) },
  });
  return {
    operationId: name,
    tags: [area],
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: (body.required ?? []).length > 0, content: bodyContent() } }),
    ...(contract.upload === undefined
      ? {}
      : { requestBody: { required: true, content: files(contract.upload.types) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(contract.replies).map(([status, schema]) => [
          status,
          contract.download === undefined
            ? successReply(status, schema, schemas, example)
            : { ...successReply(status, schema, schemas, example), content: files(contract.download) },
        ]),
      ),
      ...Object.fromEntries(groups.map(([status, codes]) => [String(status), problemReply(status, codes, problem)])),
    },
    security: who === 'anyone' ? [] : [{ cookie: [] }, { bearer: [] }],
    'x-who': whoInWords(who),
    'x-problems': Object.fromEntries(groups.map(([status, codes]) => [String(status), codes])),
  };
}

/** OpenAPI 3.1, 4.8.14.3: bytes have no schema. */
function files(types: readonly string[]): Record<string, MediaType> {
  return Object.fromEntries(types.map((type) => [type, { schema: {} }]));
}

function whoInWords(who: Who): string {
  if (who === 'anyone') return 'Anyone';
  if (who === 'logged-in') return 'Anyone logged in';
  const words = who.map((role) => (role === 'doctor' ? 'approved doctors' : `${role}s`)).join(' and ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function parametersOf(operationId: string, contract: Contract, schemas: Schemas, examples: Examples): Parameter[] {
  const of = (place: 'path' | 'query', shape: ContractSchema | undefined) =>
    Object.entries(shape?.properties ?? {}).map(([name, schema]): Parameter => {
      const { description, ...rest } = schema;
      const parent = place === 'path' ? parentOf(contract.path, name) : operationId;
      return {
        name,
        in: place,
        required: place === 'path' || (shape?.required ?? []).includes(name),
        ...(description === undefined ? {} : { description }),
        schema: schemas.translate(rest),
        example: examples.parameter(name, schema, parent),
      };
    });
  return [
    ...of('path', contract.params as ContractSchema | undefined),
    ...of('query', contract.query as ContractSchema | undefined),
    ...(takesIdempotencyKey(contract) ? [idempotencyKey] : []),
    ...(contract.device === true ? [device] : []),
  ];
}

/** `/requests/{id}/accept` → `request`: the thing that the id is of. */
function parentOf(path: string, parameter = 'id'): string {
  const segments = path.split('/');
  const index = segments.indexOf(`{${parameter}}`);
  return (segments.at(index < 0 ? -1 : index - 1) ?? '').replace(/s$/, '');
}

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key and body give the same answer for 24 hours; the same key with another body is a 409.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
  example: '5b0c9a54-6c0e-4d43-8a61-5a7c1f0d9e36',
};

const device: Parameter = {
  name: 'Openward-Device',
  in: 'header',
  required: false,
  description:
    'The `deviceToken` of the last login. Tries with passwords from this device then have limits of their own: nobody else uses them up. Browsers have a cookie for it.',
  schema: { type: 'string', maxLength: 4096 },
  example: 'p-2026-11-22.q0Xh3mVdXq5lYw',
};

function successReply(
  status: string,
  schema: object | null,
  schemas: Schemas,
  example: (schema: object) => unknown,
): Reply {
  const words: Record<string, string> = { '200': 'OK', '201': 'Created', '202': 'Accepted', '204': 'Done; no body' };
  return {
    description: words[status] ?? 'OK',
    headers: { 'x-request-id': { $ref: '#/components/headers/RequestId' }, ...limitHeaders },
    ...(schema === null
      ? {}
      : { content: { 'application/json': { schema: schemas.translate(schema), example: example(schema) } } }),
  };
}

const headers: OpenApiDocument['components']['headers'] = {
  RequestId: {
    description: 'The id of this call, as in the logs. Quote it when you report a problem.',
    schema: { type: 'string', format: 'uuid' },
    example: '01936f2a-7c1e-7d3a-9b64-9c41d0e7aa35',
  },
  RateLimit: {
    description:
      'The points left (`r`) of the tightest limit that counts here, and in how many seconds there are more (`t`). A structured field (draft-ietf-httpapi-ratelimit-headers-10).',
    schema: { type: 'string' },
    example: '"account.read";r=1187;t=42',
  },
  RateLimitPolicy: {
    description:
      'That limit: so many points (`q`) in a window of so many seconds (`w`). A call takes one, a dear one more: searches, uploads, the export.',
    schema: { type: 'string' },
    example: '"account.read";q=1200;w=60',
  },
  RetryAfter: {
    description: 'Seconds after which trying again makes sense.',
    schema: { type: 'integer', minimum: 0 },
    example: 12,
  },
};

const securitySchemes: OpenApiDocument['components']['securitySchemes'] = {
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-openward-access',
    description: 'Browsers: set by POST /auth/login. Calls that change something must come from the same origin.',
  },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'Other clients: the access token of POST /auth/tokens. It lives 15 minutes; POST /auth/refresh gives the next.',
  },
  ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'For the chat socket only: POST /chat/tickets.' },
};
