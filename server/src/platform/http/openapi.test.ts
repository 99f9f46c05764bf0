import { basePath, routes } from '@openward/contracts';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { JsonSchema, MediaType, Operation } from './openapi/types.ts';
import { openApiDocument } from './openapi.ts';

const document = openApiDocument(routes, { serverUrl: 'https://clinic.example/', version: '1.2.3' });
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'document');

/** A schema of the document, checked where its references lead. */
function errorsOf(schema: JsonSchema, value: unknown): unknown {
  const resolved = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')) as object;
  const validate = ajv.compile(resolved);
  return validate(value) ? null : validate.errors;
}

function mediaTypes({ requestBody, responses }: Operation): [string, MediaType][] {
  return [requestBody, ...Object.values(responses)].flatMap((part) => Object.entries(part?.content ?? {}));
}

describe('the document', () => {
  test('is valid OpenAPI 3.1 by the official schema', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  test('names each route of the contract once, by its own name', () => {
    const found = new Map(
      operations.map(({ path, method, operation }) => [operation.operationId, `${method.toUpperCase()} ${path}`]),
    );
    for (const [name, { method, path }] of routes) expect(found.get(name)).toBe(`${method} ${basePath}${path}`);
    expect(found.size).toBe(operations.length);
    expect(found.get('openChatSocket')).toBe(`GET ${basePath}/chat/socket`);
  });

  test('says of the socket that a handshake may be wrong, too', () => {
    const socket = operations.find(({ operation }) => operation.operationId === 'openChatSocket')?.operation;
    expect(Object.keys(socket?.responses ?? {})).toEqual(['101', '400', '401', '403', '429', '503'].toSorted());
  });

  test('refers only to components that are there', () => {
    for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/([^"]+)"/g)) {
      const [kind = '', name = ''] = (reference ?? '').split('/');
      expect(Object.keys(document.components[kind as keyof typeof document.components])).toContain(name);
    }
  });

  test('keeps nothing of the contracts’ own dialect', () => {
    expect(JSON.stringify(document)).not.toContain('"nullable"');
    expect(JSON.stringify(document)).not.toContain('~kind');
  });
});

describe.each(operations)('$operation.operationId', ({ path, method, operation }) => {
  test('shows examples that its own schemas accept', () => {
    for (const [, { schema, example, examples }] of mediaTypes(operation)) {
      // Bytes have no schema and no example.
      if (examples === undefined && Object.keys(schema).length > 0) expect(errorsOf(schema, example)).toBeNull();
      for (const [code, one] of Object.entries(examples ?? {})) {
        const value = '$ref' in one ? document.components.examples[code]?.value : one.value;
        expect(errorsOf(schema, value)).toBeNull();
      }
    }
    for (const { schema, example } of operation.parameters ?? []) {
      if (example !== undefined) expect(errorsOf(schema, example)).toBeNull();
    }
  });

  test('names every path parameter, its security and its errors', () => {
    const named = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    const contract = routes.get(operation.operationId);
    if (contract === undefined) return;
    expect(operation.security.length === 0).toBe(contract.who === 'anyone');
    const codes = Object.values(operation['x-problems'] ?? {}).flat();
    for (const code of [...contract.errors, 'rate-limited', 'internal-error', 'unavailable'])
      expect(codes).toContain(code);
    const limited = Object.keys(operation.responses['429']?.headers ?? {});
    expect(limited).toEqual(expect.arrayContaining(['Retry-After', 'RateLimit', 'RateLimit-Policy']));
    const takesKey =
      method === 'post' && '201' in contract.replies && contract.who !== 'anyone' && contract.upload === undefined;
    expect(operation.parameters?.some(({ name }) => name === 'Idempotency-Key') ?? false).toBe(takesKey);
  });
});

test('a login without cookies takes the header that names its device, and answers what to send in it', () => {
  const headers = operations.filter(({ operation }) =>
    operation.parameters?.some((parameter) => parameter.name === 'Openward-Device' && parameter.in === 'header'),
  );
  expect(headers.map(({ operation }) => operation.operationId).sort()).toEqual(['issueTokens', 'issueTokensByPasskey']);
  expect(document.components.schemas['TokenPair']?.properties).toHaveProperty('deviceToken');
});

test('a wrong password is a 401 at login and a 403 for who is logged in', () => {
  const { paths } = document;
  expect(paths[`${basePath}/auth/login`]?.post?.['x-problems']?.['401']).toContain('invalid-credentials');
  expect(paths[`${basePath}/auth/change-password`]?.post?.['x-problems']?.['403']).toContain('invalid-credentials');
});

test('shared shapes are references, and null is a type', () => {
  const { schemas } = document.components;
  expect(schemas['CareRequest']?.properties?.['rating']).toEqual({
    anyOf: [{ $ref: '#/components/schemas/Rating' }, { type: 'null' }],
  });
  expect(schemas['CareRequest']?.properties?.['acceptedAt']?.type).toEqual(['string', 'null']);
  expect(
    document.paths[`${basePath}/requests/{id}`]?.get?.responses['200']?.content?.['application/json']?.schema,
  ).toEqual({
    $ref: '#/components/schemas/CareRequest',
  });
});
